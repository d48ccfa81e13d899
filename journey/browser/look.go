package browser

import "fmt"

// Widths in CSS pixels.
const (
	Narrow = 320 // the narrowest that everything has to fit into: WCAG 2.2, 1.4.10
	Phone  = 390
	Desk   = 1280
)

// Look is how somebody looks at a page.
type Look struct {
	Dark     bool
	Width    int // CSS pixels
	Scale    int // pixels of a picture for each of them; 0 is 1
	NoScript bool
}

func (l Look) scheme() string {
	if l.Dark {
		return "dark"
	}
	return "light"
}

func (l Look) String() string { return fmt.Sprintf("%s-%d", l.scheme(), l.Width) }
