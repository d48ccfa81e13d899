package journey

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Wrong settings stop the start, each with a sentence, all at once.
func TestWrongSettingsStopTheStartWithASentenceEach(t *testing.T) {
	t.Parallel()
	wrong := append(plainEnv(t), "PROACTIVE_API_ADDR=nowhere", "PROACTIVE_MAX_BODY=much", "PROACTIVE_PER_HOST=0", "PROACTIVE_TRUSTED_PROXIES=everybody",
		"PROACTIVE_HTTP_ALLOW=http://x/y", "PROACTIVE_SMTP_ALLOW=smtp://x", "PROACTIVE_SECRETS_ALLOW=DESK", "PROACTIVE_PUBLIC_URL=https://x/y", "PROACTIVE_LINK_KEY=short",
		"PROACTIVE_LOG_LEVEL=loud", "PROACTIVE_PAYLOAD_KEY=short", "DATABASE_URL=mysql://x", "PROACTIVE_TLS_CERT=cert.pem")
	for _, subcommand := range []string{"serve", "api", "worker"} {
		out, problems, code := try(t, wrong, "", subcommand)
		require.Equal(t, 1, code)
		require.Empty(t, out)
		for _, sentence := range []string{
			`PROACTIVE_API_ADDR: "nowhere" is no HOST:PORT`,
			"PROACTIVE_PER_HOST: must be a number from 1 to 64",
			"PROACTIVE_MAX_BODY: must be a number of bytes",
			`PROACTIVE_TRUSTED_PROXIES: "everybody" is no network`,
			"PROACTIVE_HTTP_ALLOW: ",
			"PROACTIVE_SMTP_ALLOW: ",
			"PROACTIVE_SECRETS_ALLOW: ",
			`PROACTIVE_PUBLIC_URL: "https://x/y" is no http or https address of a host alone`,
			"PROACTIVE_LINK_KEY: must be 32 random bytes in base64",
			`PROACTIVE_LOG_LEVEL: "loud" is none of debug, info, warn and error`,
			"PROACTIVE_PAYLOAD_KEY must be 32 random bytes",
			"DATABASE_URL is no usable address",
			"PROACTIVE_TLS_KEY",
		} {
			require.Contains(t, problems, sentence, subcommand)
		}
	}
}
