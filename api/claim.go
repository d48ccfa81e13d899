package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/http"
	"strings"
	"unicode/utf8"
)

// claim is who a request says it comes from, and its proof: a user name and a password, or an API key.
type claim struct {
	name, password string
	key            string
}

// claimOf reads HTTP Basic authentication, else the header x-sn-apikey. A name that Postgres cannot hold is nobody's.
func claimOf(r *http.Request) (claim, bool) {
	if name, password, ok := r.BasicAuth(); ok {
		return claim{name: name, password: password}, name != "" && utf8.ValidString(name) && !strings.Contains(name, "\x00")
	}
	key := r.Header.Get("x-sn-apikey")
	return claim{key: key}, key != ""
}

// subject is whose wrong passwords are counted; user names are without regard to case. A key has no name.
func (c claim) subject() string { return strings.ToLower(c.name) }

// mark stands for a claim in memory, where no password is to be found: it is worth nothing without this process's key.
type mark [sha256.Size]byte

func (c claim) mark(key []byte) (m mark) {
	h := hmac.New(sha256.New, key)
	for _, part := range []string{c.name, c.password, c.key} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	h.Sum(m[:0])
	return m
}
