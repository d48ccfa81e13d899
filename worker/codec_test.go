package worker

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"

	"proactive/schema"
)

// key is a key of 32 equal bytes.
func key(b byte) string { return base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32)) }

func codec(t *testing.T, b byte) *Codec {
	t.Helper()
	c, err := NewCodec(key(b))
	require.NoError(t, err)
	return c
}

func secretPayload() []*commonpb.Payload {
	return []*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`"fred.luddy"`)}, {}}
}

func TestThePayloadThatComesOutIsTheOneThatWentIn(t *testing.T) {
	c := codec(t, 1)
	sealed, err := c.Encode(secretPayload())
	require.NoError(t, err)
	opened, err := c.Decode(sealed)
	require.NoError(t, err)
	require.Len(t, opened, 2)
	for i, want := range secretPayload() {
		assert.True(t, proto.Equal(want, opened[i]), "%v", opened[i])
	}
}

func TestAnEncryptedPayloadTellsNothingAndIsNeverTheSameTwice(t *testing.T) {
	c := codec(t, 1)
	first, err := c.Encode(secretPayload())
	require.NoError(t, err)
	second, err := c.Encode(secretPayload())
	require.NoError(t, err)
	for _, p := range first {
		assert.NotContains(t, p.String(), "fred")
		assert.NotContains(t, p.String(), "json")
	}
	assert.NotEqual(t, first[0].GetData(), second[0].GetData())
	assert.Equal(t, "fred.luddy", plainText(t, secretPayload()[0]), "encoding leaves what it was given alone")
}

func plainText(t *testing.T, p *commonpb.Payload) (text string) {
	t.Helper()
	require.NoError(t, converter.GetDefaultDataConverter().FromPayload(p, &text))
	return text
}

func TestAnotherKeyIsNamedAndOpensNothing(t *testing.T) {
	sealed, err := codec(t, 1).Encode(secretPayload())
	require.NoError(t, err)
	_, err = codec(t, 2).Decode(sealed)
	assert.ErrorIs(t, err, errUnknownKey)
	assert.NotEqual(t, codec(t, 1).keyID, codec(t, 2).keyID)

	sealed[0].Metadata[keyIDKey] = []byte(codec(t, 2).keyID) // nor when it pretends
	_, err = codec(t, 2).Decode(sealed)
	require.ErrorContains(t, err, "was changed, or its key is another one")
}

func TestAPayloadThatWasChangedIsRefused(t *testing.T) {
	c := codec(t, 1)
	for name, change := range map[string]func(*commonpb.Payload){
		"the nonce":  func(p *commonpb.Payload) { p.Data[0] ^= 1 },
		"the text":   func(p *commonpb.Payload) { p.Data[len(p.Data)/2] ^= 1 },
		"the tag":    func(p *commonpb.Payload) { p.Data[len(p.Data)-1] ^= 1 },
		"its end":    func(p *commonpb.Payload) { p.Data = p.Data[:len(p.Data)-1] },
		"nearly all": func(p *commonpb.Payload) { p.Data = p.Data[:5] },
		"all":        func(p *commonpb.Payload) { p.Data = nil },
	} {
		t.Run(name, func(t *testing.T) {
			sealed, err := c.Encode(secretPayload())
			require.NoError(t, err)
			change(sealed[0])
			_, err = c.Decode(sealed)
			assert.Error(t, err)
		})
	}
}

func TestPlainPayloadsFromBeforeTheKeyStayReadable(t *testing.T) {
	opened, err := codec(t, 1).Decode(secretPayload())
	require.NoError(t, err)
	assert.Equal(t, "fred.luddy", plainText(t, opened[0]))
}

func TestAKeyIsThirtyTwoBytesInBase64(t *testing.T) {
	for _, wrong := range []string{"x", "not base64!", base64.StdEncoding.EncodeToString(make([]byte, 16)), base64.StdEncoding.EncodeToString(make([]byte, 33))} {
		_, err := NewCodec(wrong)
		require.ErrorContains(t, err, "openssl rand -base64 32")
		assert.NotContains(t, err.Error(), wrong+" ")
		_, err = encrypted(client.Options{}, wrong)
		require.Error(t, err)
	}
}

func TestWithoutAKeyNothingIsEncrypted(t *testing.T) {
	options, err := encrypted(client.Options{}, "")
	require.NoError(t, err)
	assert.Nil(t, options.DataConverter)
	assert.Nil(t, options.FailureConverter)
}

func TestWithAKeyPayloadsAndMessagesOfFailuresAreEncrypted(t *testing.T) {
	options, err := encrypted(client.Options{}, key(1))
	require.NoError(t, err)
	payload, err := options.DataConverter.ToPayload("fred.luddy")
	require.NoError(t, err)
	assert.NotContains(t, payload.String(), "fred")
	var back string
	require.NoError(t, options.DataConverter.FromPayload(payload, &back))
	assert.Equal(t, "fred.luddy", back)

	cause := temporal.NewApplicationError("fred.luddy's disk is full", "disk_full", "beth.anglin")
	failure := options.FailureConverter.ErrorToFailure(cause)
	assert.NotContains(t, failure.String(), "fred")
	assert.NotContains(t, failure.String(), "beth")
	var read *temporal.ApplicationError
	require.True(t, errors.As(options.FailureConverter.FailureToError(failure), &read))
	assert.Equal(t, "fred.luddy's disk is full", read.Message())
	assert.Equal(t, "disk_full", read.Type())
}

func TestAKeyCanBeReplacedWhileRunsAreOpen(t *testing.T) {
	before := codec(t, 1)
	sealed, err := before.Encode(secretPayload())
	require.NoError(t, err)
	both, err := NewCodec(key(2) + ", " + key(1))
	require.NoError(t, err)
	opened, err := both.Decode(sealed)
	require.NoError(t, err)
	assert.True(t, proto.Equal(secretPayload()[0], opened[0]))
	anew, err := both.Encode(secretPayload())
	require.NoError(t, err)
	_, err = codec(t, 2).Decode(anew)
	require.NoError(t, err, "the first one encrypts")
	_, err = codec(t, 2).Decode(sealed)
	require.ErrorIs(t, err, errUnknownKey)
}

// While a key is being replaced, a run may reach a worker that does not have the new one yet.
func TestAWorkerWithoutTheKeyLeavesTheRunToOneThatHasIt(t *testing.T) {
	w := newWorld(t, withHook(hook(t, ok)))
	plain := w.temporal
	both, err := encrypted(plain, key(2)+","+key(1))
	require.NoError(t, err)
	w.temporal = both
	c := w.connected()
	id := w.report("100")
	claimed, err := w.db.ClaimInbox(t.Context(), c.namespaceID, 1, time.Minute)
	require.NoError(t, err)
	require.NoError(t, (&toTemporal{t: c, store: w.db}).deliver(t.Context(), claimed[0]))
	require.NoError(t, w.db.Delivered(t.Context(), c.namespaceID, claimed))

	w.temporal, err = encrypted(plain, key(1))
	require.NoError(t, err)
	stop := w.engine()
	w.eventually("the worker gives its task back", func() bool {
		return slices.ContainsFunc(w.history(id), func(e *historypb.HistoryEvent) bool {
			return e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_TASK_FAILED
		})
	})
	stop()
	w.temporal = both
	w.engine()
	w.becomes(id, schema.ClosedComplete)
}
