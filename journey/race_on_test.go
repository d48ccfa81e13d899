//go:build race

package journey

func init() { buildFlags = append(buildFlags, "-race") }
