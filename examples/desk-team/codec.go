package main

import (
	"cmp"
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
	"google.golang.org/protobuf/proto"
)

// codec reads and writes payloads as proactive encrypts them when PROACTIVE_PAYLOAD_KEY is set. A worker of another team then
// needs the key, as it gets encrypted inputs. In another language write the same:
//
//	data      nonce (12 bytes), then AES-256-GCM of the serialized temporal.api.common.v1.Payload; additional data: the key's id
//	metadata  "encoding" is "binary/encrypted"; "encryption-key-id" is the key's id
//	key's id  the first 4 bytes of the key's SHA-256, in hex
type codec struct {
	keyID string                 // of the key that encrypts
	keys  map[string]cipher.AEAD // by id
}

const (
	encoding        = "encoding"
	encryptionKeyID = "encryption-key-id"
	binaryEncrypted = "binary/encrypted"
)

// encrypted makes options use the key: 32 bytes in base64, or "" for none.
func encrypted(options client.Options, key string) (client.Options, error) {
	if key == "" {
		return options, nil
	}
	c, err := newCodec(key)
	if err != nil {
		return options, err
	}
	options.DataConverter = converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), c)
	options.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: options.DataConverter, EncodeCommonAttributes: true,
	})
	return options, nil
}

// newCodec reads keys separated by commas: the first one encrypts, all of them decrypt.
func newCodec(keys string) (codec, error) {
	c := codec{keys: map[string]cipher.AEAD{}}
	for key := range strings.SplitSeq(keys, ",") {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(key))
		if err != nil || len(raw) != 32 {
			return codec{}, errors.New("PROACTIVE_PAYLOAD_KEY must be 32 bytes in base64")
		}
		block, err := aes.NewCipher(raw)
		if err != nil {
			return codec{}, err
		}
		sum := sha256.Sum256(raw)
		id := hex.EncodeToString(sum[:4])
		if c.keys[id], err = cipher.NewGCM(block); err != nil {
			return codec{}, err
		}
		c.keyID = cmp.Or(c.keyID, id)
	}
	return c, nil
}

// Encode encrypts payloads.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	sealed, aead := make([]*commonpb.Payload, len(payloads)), c.keys[c.keyID]
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, err
		}
		nonce := make([]byte, aead.NonceSize())
		rand.Read(nonce)
		sealed[i] = &commonpb.Payload{
			Metadata: map[string][]byte{encoding: []byte(binaryEncrypted), encryptionKeyID: []byte(c.keyID)},
			Data:     aead.Seal(nonce, nonce, plain, []byte(c.keyID)),
		}
	}
	return sealed, nil
}

// Decode decrypts what was encrypted and leaves everything else as it is.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	opened := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		opened[i] = p
		if string(p.GetMetadata()[encoding]) != binaryEncrypted {
			continue
		}
		var err error
		if opened[i], err = c.open(p); err != nil {
			return nil, err
		}
	}
	return opened, nil
}

func (c codec) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	id := string(p.GetMetadata()[encryptionKeyID])
	aead, known := c.keys[id]
	if !known {
		return nil, fmt.Errorf("a payload was encrypted with key %s, which is none of those in PROACTIVE_PAYLOAD_KEY", id)
	}
	size := aead.NonceSize()
	if len(p.GetData()) < size {
		return nil, errors.New("an encrypted payload is too short")
	}
	plain, err := aead.Open(nil, p.GetData()[:size], p.GetData()[size:], []byte(id))
	if err != nil {
		return nil, fmt.Errorf("an encrypted payload was changed, or its key is another one: %w", err)
	}
	opened := new(commonpb.Payload)
	return opened, proto.Unmarshal(plain, opened)
}
