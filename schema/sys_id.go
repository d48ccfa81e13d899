package schema

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"time"
)

// NewSysID makes a sys_id, 32 hexadecimal digits: a UUID of version 7 (RFC 9562), which begins with the time in milliseconds and goes on at
// random. So the rows of an issue come to lie beside each other, and after those of earlier ones: ids at random would touch, in tables that
// have become large, as many pages of each index as there are rows.
func NewSysID() string {
	var b [16]byte
	rand.Read(b[6:]) //nolint:errcheck // crypto/rand.Read never fails, it ends the process instead
	var now [8]byte
	binary.BigEndian.PutUint64(now[:], uint64(time.Now().UnixMilli()))
	copy(b[:6], now[2:])
	b[6] = b[6]&0x0f | 7<<4 // the version
	b[8] = b[8]&0x3f | 2<<6 // the variant
	return hex.EncodeToString(b[:])
}
