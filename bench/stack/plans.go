package stack

import (
	"bytes"
	"strings"
	"sync"
)

// Plans reads Postgres's log and keeps the plans that auto_explain writes there.
type Plans struct {
	mu      sync.Mutex
	rest    []byte
	within  bool
	current strings.Builder
	all     map[string]string // by the statement, the last plan
}

// Write implements io.Writer.
func (p *Plans) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, b...)
	for {
		line, rest, whole := bytes.Cut(p.rest, []byte("\n"))
		if !whole {
			return len(b), nil
		}
		p.line(string(line))
		p.rest = rest
	}
}

// line is one of the log: the first of an entry begins with a time, the others with a tab.
func (p *Plans) line(line string) {
	if !strings.HasPrefix(line, "\t") {
		p.end()
		p.within = strings.Contains(line, "  plan:")
		return
	}
	if p.within {
		p.current.WriteString(line[1:] + "\n")
	}
}

// end keeps the entry that is complete.
func (p *Plans) end() {
	text := p.current.String()
	p.current.Reset()
	statement, isPlan := strings.CutPrefix(text, "Query Text:")
	if !isPlan {
		return
	}
	head := strings.Index(statement, "(cost=")
	if head < 0 {
		return
	}
	if p.all == nil {
		p.all = map[string]string{}
	}
	begin := strings.LastIndexByte(statement[:head], '\n')
	p.all[strings.TrimSpace(statement[:max(begin, 0)])] = statement[begin+1:]
}

// Take gives the plans since it was last called, by the text of the statement.
func (p *Plans) Take() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.end()
	all := p.all
	p.all = nil
	return all
}
