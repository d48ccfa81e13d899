package registry

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

const (
	// MaxFileSize bounds one file, in bytes.
	MaxFileSize = 4 << 20

	maxNodes = 500_000 // of one file, with what its aliases repeat: a few lines could otherwise stand for billions
	maxDepth = 64
)

// parse reads the one document of a file; nil when there is nothing in it.
func (r *reader) parse(file File) *yaml.Node {
	if len(file.Data) > MaxFileSize {
		r.report(0, "", "the file is larger than %d MiB: split it, as a section may stand in several files", MaxFileSize>>20)
		return nil
	}
	decoder := yaml.NewDecoder(bytes.NewReader(file.Data))
	var document, second yaml.Node
	err := decodeYAML(decoder, &document)
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		line, text := yamlError(err)
		if line == 0 {
			line = unreadable(file.Data)
		}
		if indentedWithTab(file.Data, line) {
			text = "the line is indented with a tab, and YAML knows only spaces there"
		}
		r.report(line, "", "this is no YAML: %s", text)
		return nil
	}
	if err := decodeYAML(decoder, &second); !errors.Is(err, io.EOF) {
		line, text := second.Line, "a file holds one document: put what follows --- into a file of its own"
		if err != nil {
			line, text = yamlError(err)
		}
		r.report(line, "", "%s", text)
		return nil
	}
	if len(document.Content) == 0 || document.Content[0].ShortTag() == "!!null" {
		return nil
	}
	root := document.Content[0]
	if err := measure(root, new(int), 0); err != nil {
		r.report(root.Line, "", "%s", err)
		return nil
	}
	return root
}

// decodeYAML makes an error of a panic of the library: a file from elsewhere must not end the process.
func decodeYAML(d *yaml.Decoder, into *yaml.Node) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("it cannot be read (%v)", fault)
		}
	}()
	return d.Decode(into)
}

var yamlLine = regexp.MustCompile(`^line ([0-9]+): `)

// yamlError takes the line out of the library's message.
func yamlError(err error) (line int, text string) {
	text = strings.TrimPrefix(err.Error(), "yaml: ")
	if m := yamlLine.FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	return line, text
}

// unreadable is the first line with a character that no YAML may have; 0 when there is none. The library says only that there is one.
func unreadable(data []byte) int {
	for i, line := range bytes.Split(data, []byte("\n")) {
		if !utf8.Valid(line) || bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' && r != '\r' || r == 0x7f }) {
			return i + 1
		}
	}
	return 0
}

func indentedWithTab(data []byte, line int) bool {
	lines := bytes.Split(data, []byte("\n"))
	if line < 1 || line > len(lines) {
		return false
	}
	text := lines[line-1]
	return bytes.ContainsRune(text[:len(text)-len(bytes.TrimLeft(text, " \t"))], '\t')
}

// measure counts what is below n as if its aliases were written out, and ends an alias that contains itself.
func measure(n *yaml.Node, count *int, depth int) error {
	*count++
	if *count > maxNodes {
		return errors.New("the file, with its aliases written out, is too large: split it, or use fewer aliases")
	}
	if depth > maxDepth {
		return fmt.Errorf("the file is nested deeper than %d levels, or an alias contains itself", maxDepth)
	}
	if n.Kind == yaml.AliasNode {
		return measure(n.Alias, count, depth+1)
	}
	for _, inner := range n.Content {
		if err := measure(inner, count, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// behind is the node that n stands for.
func behind(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}
