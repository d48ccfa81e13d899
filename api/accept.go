package api

import (
	"mime"
	"strconv"
	"strings"
)

// format is the format of an answer.
type format int

const (
	asJSON format = iota
	asXML
	asTextXML
)

// contentType has the platform's spelling: no space, upper-case UTF-8.
func (f format) contentType() string {
	return [...]string{"application/json;charset=UTF-8", "application/xml;charset=UTF-8", "text/xml;charset=UTF-8"}[f]
}

// offers are what an answer can be, the one that is given by default first ("Supported types: application/json or
// application/xml. Default: application/json").
var offers = [...]struct{ kind, sub string }{asJSON: {"application", "json"}, asXML: {"application", "xml"}, asTextXML: {"text", "xml"}}

// negotiate chooses the format by the Accept headers: the highest weight, then the most specific range, then our order. It
// answers false, and JSON, when nothing that is offered is acceptable.
func negotiate(accept []string) (format, bool) {
	joined := strings.Join(accept, ",")
	if strings.TrimSpace(joined) == "" || joined == "*/*" || joined == "application/json" {
		return asJSON, true
	}
	best, bestWeight, bestRank := asJSON, 0.0, 0
	for f, offer := range offers {
		weight, rank := weigh(joined, offer.kind, offer.sub)
		if weight > bestWeight || weight == bestWeight && rank > bestRank {
			best, bestWeight, bestRank = format(f), weight, rank
		}
	}
	return best, bestWeight > 0
}

// weigh gives the weight of one media type by the most specific range that matches it (RFC 9110, 12.5.1): 3 is the type
// itself, 2 its family, 1 anything, 0 none.
func weigh(accept, kind, sub string) (weight float64, rank int) {
	for _, item := range strings.Split(accept, ",") {
		mediaRange, params, _ := strings.Cut(item, ";")
		specific := 0
		switch strings.ToLower(strings.TrimSpace(mediaRange)) {
		case kind + "/" + sub:
			specific = 3
		case kind + "/*":
			specific = 2
		case "*/*":
			specific = 1
		}
		if specific > rank {
			weight, rank = quality(params), specific
		}
	}
	return weight, rank
}

// quality reads q; a weight that cannot be read counts as 1.
func quality(params string) float64 {
	_, values, err := mime.ParseMediaType("x/x;" + params)
	if err != nil {
		return 1
	}
	q, err := strconv.ParseFloat(values["q"], 64)
	if err != nil || q < 0 || q > 1 {
		return 1
	}
	return q
}
