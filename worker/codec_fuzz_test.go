package worker

import (
	"bytes"
	"testing"

	commonpb "go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
)

// FuzzCodec: what was encrypted comes back; what was changed on its way, or was never ours, is an error or left as it is.
func FuzzCodec(f *testing.F) {
	f.Add([]byte(`"fred.luddy"`), "json/plain", "", uint16(3))
	f.Add([]byte{}, encrypted1, "00000000", uint16(0))
	f.Add(bytes.Repeat([]byte{1}, 40), encrypted1, "72cd6e84", uint16(9))
	c, err := NewCodec(key(1) + "," + key(2))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, encoding, keyID string, at uint16) {
		payload := &commonpb.Payload{Metadata: map[string][]byte{encodingKey: []byte(encoding), keyIDKey: []byte(keyID)}, Data: data}
		opened, err := c.Decode([]*commonpb.Payload{payload})
		if err == nil && (encoding == encrypted1 || !proto.Equal(opened[0], payload)) {
			t.Fatalf("%v is opened as %v", payload, opened)
		}
		sealed, err := c.Encode([]*commonpb.Payload{payload})
		if err != nil {
			return // no protocol buffer can hold it
		}
		back, err := c.Decode(sealed)
		if err != nil || !proto.Equal(back[0], payload) {
			t.Fatalf("%v comes back as %v: %v", payload, back, err)
		}
		sealed[0].Data[int(at)%len(sealed[0].Data)] ^= 1 << (at % 8)
		if back, err := c.Decode(sealed); err == nil {
			t.Fatalf("%v was changed and is opened as %v", payload, back)
		}
	})
}
