package wording

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"path"
	"strings"

	"proactive/schema"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file that pages link to.
type asset struct {
	name        string // with a hash of the content
	content     []byte
	contentType string
}

var (
	style  = readAsset("style.css", "text/css; charset=utf-8")
	script = readAsset("script.js", "text/javascript; charset=utf-8")
	icon   = readAsset("icon.svg", "image/svg+xml")
)

// Asset is a file that pages link to, at schema.ConversationPath + "assets/" + name. A name holds a hash of the content, so the file
// never changes and can be kept by whoever fetched it.
func Asset(name string) (content []byte, contentType string, ok bool) {
	for _, a := range []asset{style, script, icon} {
		if a.name == name {
			return a.content, a.contentType, true
		}
	}
	return nil, "", false
}

func readAsset(file, contentType string) asset {
	content, err := assetFiles.ReadFile("assets/" + file)
	if err != nil {
		panic(err) // it is embedded
	}
	sum := sha256.Sum256(content)
	ext := path.Ext(file)
	return asset{strings.TrimSuffix(file, ext) + "-" + hex.EncodeToString(sum[:6]) + ext, content, contentType}
}

// links is where pages find their assets.
type links struct{ Style, Script, Icon string }

func assetLinks() links {
	const folder = schema.ConversationPath + "assets/"
	return links{folder + style.name, folder + script.name, folder + icon.name}
}
