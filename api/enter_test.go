package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// "401 User Not Authenticated / Required to provide Auth information; WWW-Authenticate".
func TestWhoMayEnter(t *testing.T) {
	handler := door(newStore(t))
	for name, r := range map[string]*request{
		"no credentials":     post(goodBody).nobody(),
		"a wrong password":   post(goodBody).password_("tool", "wrong"),
		"an empty password":  post(goodBody).password_("tool", ""),
		"an unknown name":    post(goodBody).as("nobody"),
		"an impossible name": post(goodBody).as("a\x00b"),
		"an inactive one":    post(goodBody).as("gone"),
		"a locked one":       post(goodBody).as("lockedup"),
		"an unknown key":     post(goodBody).nobody().with("x-sn-apikey", "key-of-nobody"),
		"a locked one's key": post(goodBody).nobody().with("X-Sn-Apikey", "key-of-lockedup"),
		"another scheme":     post(goodBody).nobody().with("Authorization", "Bearer tool"),
	} {
		got := r.send(t, handler)
		require.Equal(t, http.StatusUnauthorized, got.Code, name)
		require.Equal(t, "User Not Authenticated", got.Problem.Message)
		require.Equal(t, "Required to provide Auth information", got.Problem.Detail)
		require.Equal(t, `BASIC realm="Service-now"`, got.Header().Get("WWW-Authenticate"))
	}
	require.Equal(t, http.StatusOK, post(goodBody).send(t, handler).Code)
	require.Equal(t, http.StatusOK, post(goodBody).nobody().with("x-sn-apikey", "key-of-tool").send(t, handler).Code)
	got := post(goodBody).as("reader").send(t, handler)
	require.Equal(t, http.StatusForbidden, got.Code)
	require.Equal(t, "Failed API level ACL Validation", got.Problem.Detail)
}

// A browser keeps the password of whoever looked at a table, and sends it with whatever pages of others have it send without asking: forms, also
// those without a body.
func TestAPageOfAnotherSiteChangesNothing(t *testing.T) {
	store := newStore(t)
	handler := api.New(api.Config{PublicURL: "https://Desk.example.com/"}, store, api.With{}).Handler()
	report := func() *request { return post(goodBody).with("Content-Type", "application/x-www-form-urlencoded") }
	cancel := func() *request { return post("").as("admin").to(issuePath + "1/cancel").without("Content-Type") }
	for name, r := range map[string]*request{
		"a form":                       report().with("Sec-Fetch-Site", "cross-site"),
		"a form of a sister":           report().with("Sec-Fetch-Site", "same-site"),
		"a form in an older browser":   report().with("Origin", "https://evil.example.net"),
		"a form of a sandbox":          report().with("Origin", "null"),
		"a button":                     cancel().with("Sec-Fetch-Site", "cross-site"),
		"a button in an older browser": cancel().with("Origin", "https://evil.example.net"),
	} {
		got := r.send(t, handler)
		require.Equal(t, http.StatusForbidden, got.Code, name)
		require.Equal(t, "A page of another site had the browser send this: send it from a program, or from a page of this site.", got.Problem.Detail, name)
	}
	require.Equal(t, http.StatusUnauthorized, report().nobody().with("Sec-Fetch-Site", "cross-site").send(t, handler).Code)
	for name, r := range map[string]*request{
		"a program":         report(),
		"a bookmark":        report().with("Sec-Fetch-Site", "none"),
		"our page":          report().with("Sec-Fetch-Site", "same-origin").with("Origin", "https://behind.a.proxy"),
		"our older page":    report().with("Origin", "https://desk.example.com"),
		"what is only read": get(issuePath+"1").with("Sec-Fetch-Site", "cross-site"),
	} {
		require.NotEqual(t, http.StatusForbidden, r.send(t, handler).Code, name)
	}
}

// A verified credential is asked of Postgres once, also when a hundred requests come with it at once; a wrong one is not
// remembered.
func TestAVerifiedCredentialIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		find, asked := store.account, atomic.Int32{}
		store.account = func(ctx context.Context, name string) (schema.Account, error) { asked.Add(1); return find(ctx, name) }
		handler := door(store)
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if got := post(goodBody).send(t, handler); got.Code != http.StatusOK {
					t.Error(got.Code)
				}
			})
		}
		all.Wait()
		require.Equal(t, int32(1), asked.Load())
		asked.Store(0)
		require.Equal(t, http.StatusOK, post(goodBody).send(t, handler).Code)
		require.Zero(t, asked.Load())
		for range 2 {
			post(goodBody).password_("tool", "wrong").send(t, handler)
		}
		require.Equal(t, int32(2), asked.Load())
	})
}

// "429 … also repeated wrong passwords of one name or address". Whoever was right before is not locked out by it.
func TestRepeatedWrongPasswords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newStore(t)
		handler := api.New(api.Config{WrongLimit: 3}, store, api.With{}).Handler()
		require.Equal(t, http.StatusOK, post(goodBody).from("192.0.2.9:1").send(t, handler).Code)
		for i := range 3 {
			r := post(goodBody).password_("Tool", fmt.Sprint("guess", i)).from(fmt.Sprintf("192.0.2.%d:1", i))
			require.Equal(t, http.StatusUnauthorized, r.send(t, handler).Code)
		}
		got := post(goodBody).password_("tool", "guess").from("192.0.2.77:1").send(t, handler)
		require.Equal(t, http.StatusTooManyRequests, got.Code)
		require.Equal(t, "Rate limit exceeded", got.Problem.Message)
		require.Equal(t, "Rate limit of 36 requests per hour for wrong passwords of one user name exceeded", got.Problem.Detail)
		require.Equal(t, "36", got.Header().Get("X-RateLimit-Limit"))
		require.Equal(t, "wrong passwords of one user name", got.Header().Get("X-RateLimit-Rule"))
		require.Equal(t, fmt.Sprint(time.Now().Add(5*time.Minute).Unix()), got.Header().Get("X-RateLimit-Reset"))
		require.Equal(t, "300", got.Header().Get("Retry-After"))
		require.Equal(t, http.StatusOK, post(goodBody).from("192.0.2.0:1").send(t, handler).Code, "the tool itself goes on")
		require.Equal(t, http.StatusForbidden, post(goodBody).as("reader").from("192.0.2.77:1").send(t, handler).Code, "others are let in")

		for i := range 3 {
			post(goodBody).as(fmt.Sprint("nobody", i)).from(fmt.Sprintf("[2001:db8::%d]:1", i)).send(t, handler)
		}
		got = post(goodBody).as("nobody9").from("[2001:db8::9]:1").send(t, handler)
		require.Equal(t, "wrong passwords of one address", got.Header().Get("X-RateLimit-Rule"))
		require.Equal(t, http.StatusUnauthorized, post(goodBody).as("nobody9").from("[2001:db9::9]:1").send(t, handler).Code)
	})
}

// Whoever was right before is let in beside an attacker also when the credential has to be verified again.
func TestAnAttackerCannotLockAToolOut(t *testing.T) {
	handler := api.New(api.Config{WrongLimit: 1, RememberFor: time.Nanosecond}, newStore(t), api.With{}).Handler()
	require.Equal(t, http.StatusOK, post(goodBody).send(t, handler).Code)
	require.Equal(t, http.StatusUnauthorized, post(goodBody).password_("tool", "guess").send(t, handler).Code)
	require.Equal(t, http.StatusTooManyRequests, post(goodBody).password_("tool", "guess").send(t, handler).Code)
	require.Equal(t, http.StatusOK, post(goodBody).send(t, handler).Code)
}

// "Remote address: RemoteAddr unless trusted proxies are configured".
func TestWhoseAddressCounts(t *testing.T) {
	guess := func(handler http.Handler, forwarded string) int {
		return post(goodBody).as("x"+forwarded).from("10.0.0.1:1").with("X-Forwarded-For", forwarded).send(t, handler).Code
	}
	everybody := api.New(api.Config{WrongLimit: 1}, newStore(t), api.With{}).Handler()
	require.Equal(t, 401, guess(everybody, "192.0.2.1"))
	require.Equal(t, 429, guess(everybody, "192.0.2.2"), "the header is not believed")
	proxied := api.New(api.Config{WrongLimit: 1, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, newStore(t), api.With{}).Handler()
	require.Equal(t, 401, guess(proxied, "192.0.2.1"))
	require.Equal(t, 401, guess(proxied, "192.0.2.2"))
	require.Equal(t, 429, guess(proxied, "192.0.2.99, 192.0.2.2"), "what the proxy itself saw counts")
}

// Neither a panic nor a broken hash in the store ends the process or tells the caller anything.
func TestAFaultWhileVerifying(t *testing.T) {
	store := newStore(t)
	for _, find := range []func(context.Context, string) (schema.Account, error){
		func(context.Context, string) (schema.Account, error) { panic("secret") },
		func(context.Context, string) (schema.Account, error) { return schema.Account{}, errors.New("secret") },
		func(context.Context, string) (schema.Account, error) {
			return schema.Account{PasswordHash: "secret"}, nil
		},
		func(context.Context, string) (schema.Account, error) {
			return schema.Account{PasswordHash: "$argon2id$v=19$m=64,t=0,p=1$c2VjcmV0c2VjcmV0$c2VjcmV0c2VjcmV0"}, nil
		},
	} {
		store.account = find
		got := get(issuePath+"x").send(t, door(store))
		require.Equal(t, http.StatusInternalServerError, got.Code)
		require.NotContains(t, got.Body.String(), "secret")
		require.Equal(t, "Error occurred while creating experience issue.", post(goodBody).send(t, door(store)).Problem.Message)
	}
}
