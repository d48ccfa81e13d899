package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/schema"
)

const handOverPath = issuePath + "incidents/hand_over"

func TestIncidentsAreHandedOverWhenSomebodyAsks(t *testing.T) {
	f := &feeds{}
	handler := fed(t, f)
	asks := func(query string) answer { return post("").to(handOverPath+query).as("sn-tool").send(t, handler) }
	for query, want := range map[string]schema.HandingOver{
		"?number=INC1":      {Number: "INC1", Providers: []string{"sn"}},
		"?experience_id=x1": {ExperienceID: "x1", Providers: []string{"sn"}},
		"?within=72h":       {Within: 72 * time.Hour, Providers: []string{"sn"}},
	} {
		require.Equal(t, record{"handed_over": 3.0}, asks(query).Result)
		require.Equal(t, want, f.over)
	}
	for query, says := range map[string]string{"": "Send one of", "?number=a&within=1h": "Send one of", "?within=7d": "a duration", "?within=0s": "a duration", "?within=9000h": "a duration"} {
		got := asks(query)
		require.Equal(t, http.StatusBadRequest, got.Code, query)
		require.Contains(t, got.Problem.Detail, says, query)
	}
	f.away = schema.NoServiceDesk
	got := asks("?within=1h")
	require.Equal(t, http.StatusConflict, got.Code)
	require.Contains(t, got.Problem.Detail, "section service_desks")
	require.Equal(t, http.StatusForbidden, post("").to(handOverPath+"?number=a").as("reader").send(t, handler).Code)
}
