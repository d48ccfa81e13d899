package schema

import "crypto/sha256"

// AgentInfo is what an agent says of itself whenever it asks for a job.
type AgentInfo struct {
	Version string
	OS      string
	Actions []string // the names of the actions that it has
}

// HashToken is how an agent's token is stored and looked up: SHA-256 suffices, as a token is 32 random bytes.
func HashToken(token string) []byte {
	hash := sha256.Sum256([]byte(token))
	return hash[:]
}
