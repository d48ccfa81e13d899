package schema

import (
	"crypto/rand"
	"encoding/hex"
)

// NewSysID makes a sys_id: 32 random hexadecimal digits.
func NewSysID() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand.Read never fails, it ends the process instead
	return hex.EncodeToString(b[:])
}
