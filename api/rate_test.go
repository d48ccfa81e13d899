package api_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/api"
	"proactive/schema"
)

// ruled are rules, with counts that nobody else adds to.
type ruled schema.RateRules

func (r ruled) RateRules(context.Context) (schema.RateRules, error) { return schema.RateRules(r), nil }
func (r ruled) AddRequests(context.Context, time.Time, []schema.RateCount) ([]schema.RateCount, error) {
	return nil, context.DeadlineExceeded
}
func (r ruled) ForgetRequests(context.Context, time.Time) error { return nil }

// "429 | Rate limit exceeded / Rate limit of N requests per hour for … exceeded; Retry-After, X-RateLimit-Limit, X-RateLimit-Reset,
// X-RateLimit-Rule". An answer within the limit has the three as well.
func TestAnswersUnderARateRule(t *testing.T) {
	s := serves(t, api.Config{}, newStore(t), api.With{RateLimits: ruled{{SysID: "0123456789abcdef0123456789abcdef", Type: schema.RateUser, User: "tool", Limit: 3, Active: true}}})
	send := func(account string) *http.Response {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.address+createPath, strings.NewReader(goodBody))
		require.NoError(t, err)
		request.SetBasicAuth(account, account+"-secret")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		t.Cleanup(func() { response.Body.Close() })
		return response
	}
	underRule := func(response *http.Response) {
		require.Equal(t, "3", response.Header.Get("X-RateLimit-Limit"))
		require.Equal(t, "0123456789abcdef0123456789abcdef", response.Header.Get("X-RateLimit-Rule"), "its sys_id")
		reset, err := strconv.ParseInt(response.Header.Get("X-RateLimit-Reset"), 10, 64)
		require.NoError(t, err)
		require.Zero(t, reset%3600, "the hour of the clock")
		require.WithinRange(t, time.Unix(reset, 0), time.Now(), time.Now().Add(time.Hour))
	}
	if left := time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)); left < patience {
		time.Sleep(left) // the next hour begins anew
	}
	for range 3 {
		response := send("tool")
		require.Equal(t, http.StatusOK, response.StatusCode)
		underRule(response)
	}
	response := send("tool")
	require.Equal(t, http.StatusTooManyRequests, response.StatusCode)
	underRule(response)
	wait, err := strconv.Atoi(response.Header.Get("Retry-After"))
	require.NoError(t, err)
	require.InDelta(t, time.Until(time.Now().Truncate(time.Hour).Add(time.Hour)).Seconds(), wait, patience.Seconds())
	var body strings.Builder
	require.NoError(t, response.Write(&body))
	require.Contains(t, body.String(), `{"error":{"message":"Rate limit exceeded","detail":"Rate limit of 3 requests per hour for Proactive Engagement API exceeded"},"status":"failure"}`)

	response = send("sn-tool")
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Empty(t, response.Header.Get("X-RateLimit-Limit"), "no rule is about this one")
}
