package api

import (
	"context"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Submitter accepts reports. Its error is a *schema.Refused when the caller can do something about it, else a fault.
type Submitter interface {
	Submit(context.Context, schema.Report) (experienceID string, err error)
}

// created has both keys: the document's table names experienceId, its example experience_id.
type created struct {
	ExperienceID string `json:"experience_id" xml:"experience_id"`
	CamelCase    string `json:"experienceId" xml:"experienceId"`
}

// create is the whole of POST …/create: read the report, submit it, answer.
func (d *Door) create(c *gin.Context) (any, error) {
	report, err := d.readReport(c)
	if err != nil {
		return nil, err
	}
	id, err := d.store.Submit(c.Request.Context(), report)
	if err != nil {
		return nil, err
	}
	visitOf(c).experienceID = id
	return created{id, id}, nil
}

// readReport reads the body in the documented order: its kind, its form, whether the account may speak for its provider,
// then what it says.
func (d *Door) readReport(c *gin.Context) (schema.Report, error) {
	syntax, err := syntaxOf(c.Request.Header)
	if err != nil {
		return schema.Report{}, err
	}
	body, err := readBody(c.Writer, c.Request, d.config.MaxBody)
	if err != nil {
		return schema.Report{}, err
	}
	document, fromXML, err := parse(body, syntax)
	if err != nil {
		return schema.Report{}, err
	}
	v, said := visitOf(c), readForeign(document, fromXML)
	if provider := said.text(said.provider); provider != "" && !v.account.SpeaksFor(provider) {
		return schema.Report{}, notAuthorized()
	}
	report, err := said.report()
	if err != nil {
		return schema.Report{}, err
	}
	v.experienceID = report.ExperienceID
	report.ReportedBy = v.account.UserName
	return report, nil
}
