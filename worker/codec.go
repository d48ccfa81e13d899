package worker

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

// Codec encrypts every payload with AES-256-GCM before it leaves for Temporal. The id of the key stands beside the payload.
type Codec struct {
	aead  cipher.AEAD
	keyID string
}

const (
	encodingKey = "encoding"
	keyIDKey    = "encryption-key-id"
	encrypted1  = "binary/encrypted"
)

// NewCodec makes a codec from a key of 32 bytes in base64.
func NewCodec(key string) (*Codec, error) {
	raw, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(raw) != 32 {
		return nil, fmt.Errorf("PROACTIVE_PAYLOAD_KEY must be 32 random bytes in base64; make one with: openssl rand -base64 32")
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
	return &Codec{aead: aead, keyID: hex.EncodeToString(sum[:4])}, nil
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
	options.DataConverter = converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec)
	options.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: options.DataConverter, EncodeCommonAttributes: true,
	})
	return options, nil
}

// Encode encrypts payloads.
func (c *Codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	sealed := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		nonce := make([]byte, c.aead.NonceSize(), c.aead.NonceSize()+len(plain)+c.aead.Overhead())
		rand.Read(nonce)
		sealed[i] = &commonpb.Payload{
			Metadata: map[string][]byte{encodingKey: []byte(encrypted1), keyIDKey: []byte(c.keyID)},
			Data:     c.aead.Seal(nonce, nonce, plain, []byte(c.keyID)),
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
		if id := string(p.GetMetadata()[keyIDKey]); id != c.keyID {
			return nil, fmt.Errorf("a payload was encrypted with key %s, and PROACTIVE_PAYLOAD_KEY is key %s", id, c.keyID)
		}
		size := c.aead.NonceSize()
		if len(p.GetData()) < size {
			return nil, fmt.Errorf("an encrypted payload is too short")
		}
		plain, err := c.aead.Open(nil, p.GetData()[:size], p.GetData()[size:], []byte(c.keyID))
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
