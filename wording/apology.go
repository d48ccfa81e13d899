package wording

import "io"

// apology says in every language at once that there is nothing to see: nobody knows who reads it.
type apology struct {
	Assets links
	Said   []translated
}

type translated struct {
	Tag string
	said
}

// NotFoundPage writes what stands where no conversation is, or no longer.
func NotFoundPage(w io.Writer) error {
	return apologise(w, func(t *texts) said { return t.NotFound })
}

// FaultPage writes what stands where something went wrong.
func FaultPage(w io.Writer) error {
	return apologise(w, func(t *texts) said { return t.Fault })
}

func apologise(w io.Writer, with func(*texts) said) error {
	page := apology{Assets: assetLinks()}
	for _, t := range languages {
		page.Said = append(page.Said, translated{t.Tag, with(t)})
	}
	return pages.ExecuteTemplate(w, "apology", page)
}
