package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// BenchmarkCreate is the door's own share of a report, with remembered credentials and without Postgres.
func BenchmarkCreate(b *testing.B) {
	handler, body := door(newStore(b)), example(b, "document_request.json")
	b.ReportAllocs()
	for b.Loop() {
		request := httptest.NewRequest(http.MethodPost, createPath, strings.NewReader(body))
		request.SetBasicAuth("tool", "tool-secret")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			b.Fatal(answer.Code)
		}
	}
}
