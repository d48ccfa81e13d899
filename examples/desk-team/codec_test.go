package main

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"proactive/worker"
)

var key = base64.StdEncoding.EncodeToString([]byte("a key for tests, 32 bytes long!!"))

func TestBothSidesReadWhatTheOtherEncrypts(t *testing.T) {
	ours, err := newCodec(key)
	require.NoError(t, err)
	theirs, err := worker.NewCodec(key)
	require.NoError(t, err)
	secret := []*commonpb.Payload{{Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: []byte(`{"step":1}`)}}

	sealed, err := theirs.Encode(secret)
	require.NoError(t, err)
	assert.NotContains(t, string(sealed[0].Data), "step")
	opened, err := ours.Decode(sealed)
	require.NoError(t, err)
	assert.True(t, proto.Equal(secret[0], opened[0]))

	sealed, err = ours.Encode(secret)
	require.NoError(t, err)
	opened, err = theirs.Decode(sealed)
	require.NoError(t, err)
	assert.True(t, proto.Equal(secret[0], opened[0]))
}

func TestAnotherKeyIsSaidToBeAnother(t *testing.T) {
	ours, err := newCodec(key)
	require.NoError(t, err)
	other, err := newCodec(base64.StdEncoding.EncodeToString(make([]byte, 32)))
	require.NoError(t, err)
	sealed, err := other.Encode([]*commonpb.Payload{{Data: []byte("x")}})
	require.NoError(t, err)
	_, err = ours.Decode(sealed)
	assert.ErrorContains(t, err, "was encrypted with key "+other.keyID)
}

func TestAKeyOfTheWrongLengthStopsTheWorker(t *testing.T) {
	_, err := encrypted(client.Options{}, "c2hvcnQ=")
	assert.ErrorContains(t, err, "32 bytes in base64")
}
