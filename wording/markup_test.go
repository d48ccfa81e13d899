package wording

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	return root
}

func find(root *html.Node, what atom.Atom) (all []*html.Node) {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.DataAtom == what {
			all = append(all, n)
		}
	}
	return all
}

func one(t *testing.T, root *html.Node, what atom.Atom) *html.Node {
	t.Helper()
	all := find(root, what)
	require.Len(t, all, 1, what.String())
	return all[0]
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// textOf is the text in an element, with single spaces.
func textOf(root *html.Node) string {
	var b strings.Builder
	for n := range root.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
