package journey

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Over TLS with a certificate that only those trust who were given it: the tool that reports, and the agent with --ca.
func TestOverTLSOnlyThoseComeThroughWhoTrustTheCertificate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	certificate, key := selfSigned(t)
	certFile, keyFile := w.file("cert.pem", certificate), w.file("key.pem", key)
	w.serveAndRun("PROACTIVE_TLS_CERT="+certFile, "PROACTIVE_TLS_KEY="+keyFile)
	w.server = strings.Replace(w.server, "http://", "https://", 1)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM([]byte(certificate)))
	w.client.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: trusted}}

	d := w.enrolls(abelsLaptop)
	runaway := sleeper(t)
	d.allows("2s", runaway)
	id := w.accepted(w.posts(onProcess("process", runaway.pid(), nil)))
	stranger := d.agent()
	stranger.says("certificate")
	stranger.kill()
	require.True(t, runaway.alive())
	d.agent("--ca", certFile)
	w.ends(id, "closed_complete", "resolved_silently")
}

// selfSigned makes a certificate for 127.0.0.1, as PEM.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "journey"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	inPEM := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return inPEM("CERTIFICATE", der), inPEM("PRIVATE KEY", secret)
}
