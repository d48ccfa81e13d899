package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"proactive/api"
	"proactive/schema"
)

// frames is a connection of HTTP/2 that a test writes on frame by frame.
type frames struct {
	*http2.Framer
	t       *testing.T
	encoder *hpack.Encoder
	block   *bytes.Buffer
}

// secure is a door with a certificate.
func secure(t *testing.T, config api.Config, store api.Store) (*served, *tls.Config) {
	t.Helper()
	certFile, keyFile, trusted := certificate(t)
	config.TLSCert, config.TLSKey = certFile, keyFile
	return serves(t, config, store, api.With{}), &tls.Config{RootCAs: trusted, ServerName: "127.0.0.1"}
}

func (s *served) dialsHTTP2(config *tls.Config) *frames {
	s.t.Helper()
	config = config.Clone()
	config.NextProtos = []string{"h2"}
	conn := tls.Client(s.dials().Conn, config)
	require.NoError(s.t, conn.HandshakeContext(s.t.Context()))
	require.Equal(s.t, "h2", conn.ConnectionState().NegotiatedProtocol)
	_, err := conn.Write([]byte(http2.ClientPreface))
	require.NoError(s.t, err)
	f := &frames{Framer: http2.NewFramer(conn, conn), t: s.t, block: &bytes.Buffer{}}
	f.encoder = hpack.NewEncoder(f.block)
	require.NoError(s.t, f.WriteSettings())
	return f
}

// asks begins a request without a body.
func (f *frames) asks(stream uint32, path string) error {
	f.block.Reset()
	for name, value := range map[string]string{":method": http.MethodGet, ":scheme": "https", ":authority": "x", ":path": path} {
		f.encoder.WriteField(hpack.HeaderField{Name: name, Value: value}) //nolint:errcheck // into memory
	}
	credentials := base64.StdEncoding.EncodeToString([]byte("reader:reader-secret"))
	f.encoder.WriteField(hpack.HeaderField{Name: "authorization", Value: "Basic " + credentials}) //nolint:errcheck // into memory
	return f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: f.block.Bytes(), EndStream: true, EndHeaders: true})
}

func TestOneConnectionHasSoManyRequestsAtOnce(t *testing.T) {
	s, config := secure(t, api.Config{}, newStore(t))
	f := s.dialsHTTP2(config)
	frame, err := f.ReadFrame()
	require.NoError(t, err)
	value, said := frame.(*http2.SettingsFrame).Value(http2.SettingMaxConcurrentStreams)
	require.True(t, said)
	require.EqualValues(t, 100, value)
}

// Requests that are begun and taken back as fast as can be ("rapid reset", CVE-2023-44487) are not worked on without a bound, and end
// with the connection.
func TestRequestsThatAreTakenBackAreBounded(t *testing.T) {
	store := newStore(t)
	var work crowd
	stubborn := make(chan struct{})
	store.issue = func(context.Context, string, int) (schema.Issue, error) {
		defer work.enter()()
		<-stubborn // the database does not notice that nobody asks any more
		return schema.Issue{}, schema.ErrNoRecord
	}
	s, config := secure(t, api.Config{QueueTimeout: time.Minute}, store)
	t.Cleanup(func() { close(stubborn) })
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}, Timeout: patience}
	call := func(method, path string) int {
		request, err := http.NewRequestWithContext(t.Context(), method, "https://"+s.address+path, nil)
		require.NoError(t, err)
		request.SetBasicAuth("reader", "reader-secret")
		response, err := client.Do(request)
		require.NoError(t, err)
		response.Body.Close()
		return response.StatusCode
	}
	require.Equal(t, http.StatusMethodNotAllowed, call(http.MethodDelete, issuePath+"x1"), "now the credentials are remembered")
	f := s.dialsHTTP2(config)
	go func() {
		for stream := uint32(1); stream < 100_000; stream += 2 {
			if f.asks(stream, issuePath+"x1") != nil || f.WriteRSTStream(stream, http2.ErrCodeCancel) != nil {
				return
			}
		}
	}()
	for {
		frame, err := f.ReadFrame()
		require.NoError(t, err, "it is said why the connection ends")
		if away, ok := frame.(*http2.GoAwayFrame); ok {
			require.Equal(t, http2.ErrCodeEnhanceYourCalm, away.ErrCode)
			break
		}
	}
	require.Eventually(t, func() bool { return work.peak() > 0 }, patience, time.Millisecond, "some are worked on")
	require.LessOrEqual(t, work.peak(), 100)
	require.Equal(t, http.StatusOK, call(http.MethodGet, "/healthz"))
}

// A caller over HTTP/2 who takes no more of the answer is cut off like any other.
func TestAWindowThatStaysShutIsCutOff(t *testing.T) {
	t.Parallel() // it waits for a timeout
	large := bytes.Repeat([]byte("a"), 256<<10)
	store := issues(t, func() schema.Issue { i := anIssue(); i.Timeline[0].Detail = string(large); return i })
	patient := api.Config{ReadHeaderTimeout: patience, ReadTimeout: patience, WriteTimeout: 3 * time.Second} // enough for the first window on a busy machine
	s, config := secure(t, patient, store)
	f := s.dialsHTTP2(config)
	require.NoError(t, f.asks(1, issuePath+"x1"))
	got := 0
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			break
		}
		switch frame := frame.(type) {
		case *http2.DataFrame:
			got += len(frame.Data())
		case *http2.RSTStreamFrame:
			require.EqualValues(t, 1, frame.StreamID)
			require.Equal(t, 65535, got, "all of the first window")
			s.becomes("proactive_http_requests_in_flight", 0)
			return
		}
	}
	require.Fail(t, "the stream was not ended")
}
