package api

import (
	"log/slog"
	"time"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// visit is what the door knows of one request.
type visit struct {
	transaction  string // X-Transaction-ID, also in the log
	call         *call  // nil for an unknown path
	format       format
	acceptable   bool // what Accept asks for can be had
	account      schema.Account
	experienceID string
	problem      *problem // what it was refused with
	place        *place   // among those that are worked on; nil before and after
}

const visitKey = "proactive/visit"

func visitOf(c *gin.Context) *visit { return c.MustGet(visitKey).(*visit) }

// attend goes around every request: it opens the visit, gives every answer its common headers, counts it and logs it.
func (d *Door) attend(c *gin.Context) {
	begin := time.Now()
	v := &visit{transaction: schema.NewSysID()}
	v.format, v.acceptable = negotiate(c.Request.Header["Accept"])
	c.Set(visitKey, v)
	h := c.Writer.Header()
	h.Set("X-Transaction-ID", v.transaction)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	done := d.metrics.measure(c)
	defer func() {
		took := time.Since(begin)
		done(took)
		d.logVisit(c, v, took)
	}()
	c.Next()
}

// logVisit writes the request's one line: never a body, a detail of a report, a credential or a person's address.
func (d *Door) logVisit(c *gin.Context, v *visit, took time.Duration) {
	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("transaction_id", v.transaction),
		slog.String("method", c.Request.Method),
		slog.String("route", c.FullPath()),
		slog.Int("status", c.Writer.Status()),
		slog.Duration("duration", took),
	}
	if v.experienceID != "" {
		attrs = append(attrs, slog.String("experience_id", v.experienceID))
	}
	if v.account.UserName != "" {
		attrs = append(attrs, slog.String("account", v.account.UserName))
	}
	if p := v.problem; p != nil {
		attrs = append(attrs, slog.String("message", p.message))
		if p.cause != nil {
			level = slog.LevelError
			attrs = append(attrs, slog.String("fault", faultText(p.cause)))
		}
	}
	if v.call != nil && v.call.quiet && level == slog.LevelInfo {
		level = slog.LevelDebug
	}
	d.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}
