package api

import (
	"net/http"
	"net/url"
	"strings"
)

// oneName leads every way to write a resource's path to one: doubled slashes and a trailing one (the document's cURL has
// "//api"), the API's earlier name sn_srf, and a version segment, here and in the Table API. It never redirects: a redirect
// would lose the POST.
func oneName(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, method := canonical(r.URL.Path), knownMethod(r.Method)
		if path != r.URL.Path || method != r.Method {
			same := *r
			same.URL = &url.URL{Path: path, RawQuery: r.URL.RawQuery}
			same.Method = method
			r = &same
		}
		next.ServeHTTP(w, r)
	})
}

// canonical is the path under which the resource stands in routes.go.
func canonical(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	for _, api := range versioned {
		if rest, ours := strings.CutPrefix(path, api.prefix); ours {
			if segment, after, more := strings.Cut(rest, "/"); more && isVersion(segment) {
				rest = after
			}
			return api.name + rest
		}
	}
	return path
}

// versioned are the APIs whose paths may have a version segment, and what each is called in routes.go.
var versioned = []struct{ prefix, name string }{
	{"/api/sn_pren/", "/api/sn_pren/"},
	{"/api/sn_srf/", "/api/sn_pren/"},
	{"/api/now/", "/api/now/"},
}

// isVersion: v1, v2, … as in /api/now/v1/table.
func isVersion(segment string) bool {
	digits, ok := strings.CutPrefix(segment, "v")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// methods are all that a resource can answer, if only with 405.
var methods = []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
	http.MethodOptions, http.MethodTrace, http.MethodConnect}

// knownMethod lets an invented method (PROPFIND) take the road of one that nothing here serves, so that it too is asked for
// its credentials before it is told 405.
func knownMethod(method string) string {
	for _, known := range methods {
		if method == known {
			return method
		}
	}
	return http.MethodTrace
}
