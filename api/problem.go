package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"proactive/schema"
)

// problem is any answer that is no success. Its cause, if it has one, is a fault of ours: logged, never shown.
type problem struct {
	status  int
	message string
	detail  string
	header  map[string]string
	bound   string // what there was no room in, where that is why
	cause   error
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.status, p.message, p.detail) }
func (p *problem) Unwrap() error { return p.cause }

// The platform's answers ("REST API HTTP response codes").
func notAuthenticated() *problem {
	return &problem{status: http.StatusUnauthorized, message: "User Not Authenticated", detail: "Required to provide Auth information",
		header: map[string]string{"WWW-Authenticate": `BASIC realm="Service-now"`}}
}

func notAuthorized() *problem {
	return &problem{status: http.StatusForbidden, message: "User Not Authorized", detail: "Failed API level ACL Validation"}
}

func noResource() *problem {
	return &problem{status: http.StatusBadRequest, message: "Requested URI does not represent any resource",
		detail: "Check the path; GET /openapi.yaml lists every one."}
}

func noRecord() *problem {
	return &problem{status: http.StatusNotFound, message: "No Record found", detail: "Record doesn't exist or ACL restricts the record retrieval"}
}

func notAllowed(allow string) *problem {
	return &problem{status: http.StatusMethodNotAllowed, message: "Method Not Allowed", detail: "This resource answers to " + allow + ".",
		header: map[string]string{"Allow": allow}}
}

func notAcceptable() *problem {
	return &problem{status: http.StatusNotAcceptable, message: "Not Acceptable", detail: "Accept application/json, application/xml or text/xml."}
}

func unsupported(detail string) *problem {
	return &problem{status: http.StatusUnsupportedMediaType, message: "Unsupported Media Type", detail: detail}
}

// The bounds that a request can meet, for the metrics.
const (
	boundPlaces      = "places"
	boundIssueWaits  = "issue waits"
	boundFeedWaits   = "feed waits"
	boundDeviceWaits = "device waits"
	boundStreams     = "streams"
	boundCredentials = "credentials"
	boundGuesses     = "wrong passwords"
	boundRate        = "rate"
	boundLists       = "tables"
)

// tooMany refuses what is beyond a bound. The headers that name a rule are the rule's to add.
func tooMany(bound, detail string, comeAgain time.Duration) *problem {
	seconds := max(1, int(math.Ceil(comeAgain.Seconds())))
	return &problem{status: http.StatusTooManyRequests, message: "Rate limit exceeded", detail: detail, bound: bound,
		header: map[string]string{"Retry-After": strconv.Itoa(seconds)}}
}

// beyondRate is the platform's sentence about a limit per hour.
func beyondRate(limit int, of string) string {
	return fmt.Sprintf("Rate limit of %d requests per hour for %s exceeded", limit, of)
}

func unreadable(detail string) *problem {
	return &problem{status: http.StatusBadRequest, message: "Exception while reading request", detail: detail}
}

// busy is for who would wait too long for others who change the same.
func busy() *problem {
	return laterOn("Others change the registry at the moment, as proactive apply does, and nothing was changed: try again later.")
}

func laterOn(detail string) *problem {
	return &problem{status: http.StatusServiceUnavailable, message: "Service Unavailable", detail: detail, header: laterHeader()}
}

// laterHeader says when to come again.
func laterHeader() map[string]string {
	return map[string]string{"Retry-After": strconv.Itoa(int(retryAfter / time.Second))}
}

// retryAfter is when to come again after a fault that is likely to pass.
const retryAfter = 5 * time.Second

// problemOf gives every error its answer. The create endpoint answers all faults with its documented technical error, also
// when Postgres is out of reach; everything else answers 503 and 500.
func problemOf(err error, creates bool) *problem {
	var p *problem
	var refused *schema.Refused
	var why schema.Refusal
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refused):
		return refusal(refused.Why, refused.Detail, nil)
	case errors.As(err, &why):
		return refusal(why, "", nil)
	case errors.Is(err, schema.ErrNoRecord):
		return noRecord()
	case errors.Is(err, schema.ErrBusy):
		return busy()
	}
	p = &problem{status: http.StatusInternalServerError, message: "Internal Server Error",
		detail: "Try again later; if it stays, give the X-Transaction-ID of this answer to whoever runs this server."}
	passing := unavailable(err)
	switch {
	case creates:
		p = refusal(schema.TechnicalFailure, "", nil)
	case errors.Is(err, schema.ErrNotMigrated):
		p = laterOn("The database is older than this server, as before a migration; try again later, and if it stays tell whoever runs this server.")
	case passing:
		p = laterOn("The database is out of reach or too busy; try again later.")
	}
	if passing {
		p.header = laterHeader()
	}
	p.cause = err
	return p
}

func refusal(why schema.Refusal, detail string, cause error) *problem {
	sentence := sentences[why]
	if detail == "" {
		detail = sentence.todo
	}
	return &problem{status: http.StatusBadRequest, message: sentence.message, detail: detail, cause: cause}
}

// unavailable tells a fault that is likely to pass: Postgres is out of reach, stalled or not migrated, or we had no time or room to ask.
func unavailable(err error) bool {
	return errors.Is(err, schema.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

// faultText is what the log may say of a fault. What Postgres says about bad data (SQLSTATE class 22) quotes that data.
func faultText(err error) string {
	var coded interface{ SQLState() string }
	if errors.As(err, &coded) && len(coded.SQLState()) == 5 && coded.SQLState()[:2] == "22" {
		return "the database refused a value, SQLSTATE " + coded.SQLState()
	}
	return err.Error()
}
