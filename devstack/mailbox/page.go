package mailbox

import (
	"bytes"
	"embed"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"strconv"
	"time"
)

//go:embed list.html mail.html style.css refresh.js
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"clock": func(t time.Time) string { return t.Format("15:04:05") },
	"stamp": func(t time.Time) string { return t.Format(time.RFC3339) },
}).ParseFS(files, "*.html"))

func (m *Mailbox) pageServer() *http.Server {
	return &http.Server{
		Handler: guarded(m.routes()), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
	}
}

func (m *Mailbox) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		render(w, "list.html", m.messages(func(Message) bool { return true }))
	})
	mux.HandleFunc("GET /mail/{id}", m.one(func(w http.ResponseWriter, mail Message) { render(w, "mail.html", mail) }))
	mux.HandleFunc("GET /mail/{id}/html", m.one(frame))
	mux.HandleFunc("GET /mails.json", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, m.messages(Message.IsMail))
	})
	mux.HandleFunc("GET /screens.json", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, m.messages(func(message Message) bool { return !message.IsMail() }))
	})
	for _, name := range []string{"style.css", "refresh.js"} {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, name) })
	}
	return mux
}

// guarded lets in only who asks for this machine by its own name, so that no page from elsewhere can read the mails by giving its
// own name our address. A mail in its frame is all that is ever shown in a frame.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isOurs(r.Host) {
			http.Error(w, "This mailbox is only for the machine that it runs on.", http.StatusMisdirectedRequest)
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; "+
			"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

func isOurs(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// one finds the mail that is asked for.
func (m *Mailbox) one(show func(http.ResponseWriter, Message)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		found := m.messages(func(message Message) bool { return message.ID == id && message.IsMail() })
		if err != nil || len(found) == 0 {
			http.Error(w, "There is no such mail, or no longer.", http.StatusNotFound)
			return
		}
		show(w, found[0])
	}
}

// sandbox is what the HTML of a mail may do: open links, when somebody clicks them. No script, no form, no picture from elsewhere.
const sandbox = "allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"

// frame is a mail's HTML by itself, whose links open in place of the page around it.
func frame(w http.ResponseWriter, mail Message) {
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox "+sandbox)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write([]byte(`<!doctype html><base target="_top">` + mail.HTML)) //nolint:errcheck // the reader may be gone
}

// Sandbox is for the frame that mail.html makes.
func (Message) Sandbox() string { return sandbox }

func render(w http.ResponseWriter, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Write(page.Bytes()) //nolint:errcheck // the reader may be gone
}

func writeJSON(w http.ResponseWriter, messages []Message) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(messages) //nolint:errcheck // the reader may be gone
}
