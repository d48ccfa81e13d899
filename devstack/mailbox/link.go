package mailbox

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

var inText = regexp.MustCompile(`https?://[^\s<>"'\x60]+`)

// mostLinks bounds the links that are listed of one message.
const mostLinks = 50

// webLinks are the links to the web in a text and among more, each once.
func webLinks(text string, more ...string) []string {
	links := []string{}
	found := inText.FindAllString(text, mostLinks)
	for i := range found {
		found[i] = strings.TrimRight(found[i], ".,;:!?)]")
	}
	for _, link := range append(found, more...) {
		if isWeb(link) && !slices.Contains(links, link) && len(links) < mostLinks {
			links = append(links, link)
		}
	}
	return links
}

func isWeb(link string) bool {
	return strings.HasPrefix(link, "http://") || strings.HasPrefix(link, "https://")
}

// hrefs are where the anchors of an HTML text lead.
func hrefs(text string) (all []string) {
	tokens := html.NewTokenizer(strings.NewReader(text))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if kind != html.StartTagToken {
			continue
		}
		if tag := tokens.Token(); tag.Data == "a" {
			for _, attribute := range tag.Attr {
				if attribute.Key == "href" && len(all) < mostLinks {
					all = append(all, strings.TrimSpace(attribute.Val))
				}
			}
		}
	}
	return all
}
