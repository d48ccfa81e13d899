package schema

import (
	"encoding/hex"

	"github.com/google/uuid"
)

// NewSysID makes a sys_id, 32 hexadecimal digits: a UUID of version 7 (RFC 9562), which begins with the time in milliseconds and goes on at
// random. So the rows of an issue come to lie beside each other, and after those of earlier ones: ids at random would touch, in tables that
// have become large, as many pages of each index as there are rows.
func NewSysID() string {
	id := uuid.Must(uuid.NewV7())
	return hex.EncodeToString(id[:])
}
