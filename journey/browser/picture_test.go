package browser

import (
	"bytes"
	"flag"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"proactive/wording"
)

var picture = flag.Bool("picture", false, "make the picture in README.md anew")

// The picture in README.md: the page that asks, on a phone in light, beside the page that tells how it goes, in dark. To make it anew:
//
//	go test ./journey/browser -run TestThePictureInTheReadme -picture
func TestThePictureInTheReadme(t *testing.T) {
	if !*picture {
		t.Skip("it is made with -picture")
	}
	row := registryRows("en")["sensitive"]
	row.Conversation.Sensitive = false
	previews, err := wording.Previews(row, time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))
	require.NoError(t, err)
	pages := map[string]string{}
	for _, p := range previews {
		pages[p.Name] = p.HTML
	}
	server, b := gallery(t, pages), New(t)
	asked := b.Open(server.URL+"/page-asked", Look{Width: Phone, Scale: 2}).Picture()
	running := b.Open(server.URL+"/page-running", Look{Width: Phone, Scale: 2, Dark: true}).Picture()

	var file bytes.Buffer
	require.NoError(t, (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&file, sideBySide(t, asked, running)))
	require.Less(t, file.Len(), 150<<10, "bytes, which every clone and every reader of README.md loads")
	require.NoError(t, os.WriteFile(filepath.Join("..", "..", "docs", "conversation.png"), file.Bytes(), 0o644))
}

// sideBySide puts pictures beside each other. A shorter one goes on downwards in the colour of its lower left corner.
func sideBySide(t *testing.T, pictures ...[]byte) image.Image {
	t.Helper()
	const gap = 48
	var all []image.Image
	size := image.Point{X: -gap}
	for _, p := range pictures {
		one, err := png.Decode(bytes.NewReader(p))
		require.NoError(t, err)
		all = append(all, one)
		size.X, size.Y = size.X+gap+one.Bounds().Dx(), max(size.Y, one.Bounds().Dy())
	}
	sheet := image.NewPaletted(image.Rectangle{Max: size}, colours(all))
	left := 0
	for _, one := range all {
		column := image.Rect(left, 0, left+one.Bounds().Dx(), size.Y)
		draw.Draw(sheet, column, image.NewUniform(one.At(0, one.Bounds().Max.Y-1)), image.Point{}, draw.Src)
		draw.Draw(sheet, column, one, image.Point{}, draw.Src)
		left = column.Max.X + gap
	}
	return sheet
}

// colours are those that the pictures have most, and none at all for what lies between them.
func colours(pictures []image.Image) color.Palette {
	seen := map[color.Color]int{}
	for _, p := range pictures {
		for y := range p.Bounds().Dy() {
			for x := range p.Bounds().Dx() {
				seen[p.At(x, y)]++
			}
		}
	}
	palette := slices.SortedFunc(maps.Keys(seen), func(a, b color.Color) int { return seen[b] - seen[a] })
	return append(color.Palette{color.Transparent}, palette[:min(len(palette), 255)]...)
}
