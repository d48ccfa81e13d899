package worker

import (
	"cmp"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/proto"
)

// Codec encrypts every payload with AES-256-GCM before it leaves for Temporal. The id of the key stands beside the payload.
type Codec struct {
	keyID string                 // of the key that encrypts
	keys  map[string]cipher.AEAD // by id, all that decrypt
}

const (
	encodingKey = "encoding"
	keyIDKey    = "encryption-key-id"
	encrypted1  = "binary/encrypted"
)

// NewCodec makes a codec from keys of 32 bytes in base64, separated by commas. The first one encrypts, all of them decrypt: to replace
// a key, every worker first learns the new one behind the old one, then encrypts with it, and forgets the old one when no run is open
// that began with it.
func NewCodec(keys string) (*Codec, error) {
	c := &Codec{keys: map[string]cipher.AEAD{}}
	for key := range strings.SplitSeq(keys, ",") {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
		if err != nil || len(raw) != 32 {
			return nil, fmt.Errorf("PROACTIVE_PAYLOAD_KEY must be 32 random bytes in base64 (several: separated by commas); make one with: openssl rand -base64 32")
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(raw)
		id := hex.EncodeToString(sum[:4])
		c.keys[id] = aead
		c.keyID = cmp.Or(c.keyID, id)
	}
	return c, nil
}

// encrypted makes options use the codec for payloads and for the messages of failures. An empty key leaves them as they are.
func encrypted(options client.Options, key string) (client.Options, error) {
	if key == "" {
		return options, nil
	}
	codec, err := NewCodec(key)
	if err != nil {
		return options, err
	}
	options.DataConverter = patient{converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec)}
	options.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: options.DataConverter, EncodeCommonAttributes: true,
	})
	return options, nil
}

// Encode encrypts payloads.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	sealed, aead := make([]*commonpb.Payload, len(payloads)), c.keys[c.keyID]
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(plain)+aead.Overhead())
		rand.Read(nonce)
		sealed[i] = &commonpb.Payload{
			Metadata: map[string][]byte{encodingKey: []byte(encrypted1), keyIDKey: []byte(c.keyID)},
			Data:     aead.Seal(nonce, nonce, plain, []byte(c.keyID)),
		}
	}
	return sealed, nil
}

// Decode decrypts what Encode made, and leaves everything else as it is: histories from before the key stay readable.
func (c *Codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	opened := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[encodingKey]) != encrypted1 {
			opened[i] = p
			continue
		}
		id := string(p.GetMetadata()[keyIDKey])
		aead, known := c.keys[id]
		if !known {
			return nil, fmt.Errorf("%w: key %s", errUnknownKey, id)
		}
		size := aead.NonceSize()
		if len(p.GetData()) < size {
			return nil, fmt.Errorf("an encrypted payload is too short")
		}
		plain, err := aead.Open(nil, p.GetData()[:size], p.GetData()[size:], []byte(id))
		if err != nil {
			return nil, fmt.Errorf("an encrypted payload was changed, or its key is another one: %w", err)
		}
		opened[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, opened[i]); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

var errUnknownKey = errors.New("a payload was encrypted with a key that is none of those in PROACTIVE_PAYLOAD_KEY")

// patient lets a workflow task that needs another key fail, to be tried again by a worker that has it. As an error it would end the run.
type patient struct{ converter.DataConverter }

func (p patient) WithWorkflowContext(workflow.Context) converter.DataConverter { return inRun(p) }
func (p patient) WithContext(context.Context) converter.DataConverter          { return p }

type inRun struct{ converter.DataConverter }

func (r inRun) FromPayload(payload *commonpb.Payload, to any) error {
	return stopTask(r.DataConverter.FromPayload(payload, to))
}

func (r inRun) FromPayloads(payloads *commonpb.Payloads, to ...any) error {
	return stopTask(r.DataConverter.FromPayloads(payloads, to...))
}

func stopTask(err error) error {
	if errors.Is(err, errUnknownKey) {
		panic(err)
	}
	return err
}
