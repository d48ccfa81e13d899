package api

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"proactive/registry/decide"
	"proactive/schema"
)

// Simulator tells what would become of a report, and changes nothing. A refusal is part of the answer.
type Simulator interface {
	Simulate(ctx context.Context, report schema.Report, decide func(schema.StepFacts) (schema.Decision, error)) (schema.Simulation, error)
}

// simulate is the whole of POST …/simulate: read the report as create does, ask what would become of it, and tell as much of that as the
// account may know. What create would refuse is an answer here, and no error.
func (d *Door) simulate(c *gin.Context) (any, error) {
	report, err := d.readReport(c)
	if why, detail, is := refusalIn(err); is {
		return Explanation{Refusal: wireRefusal(why, detail), Lookups: []ExplainedLookup{}}, nil
	}
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	s, err := d.store.Simulate(ctx, report, decide.Step)
	if err != nil {
		return nil, err
	}
	return explain(report, s, visitOf(c).account)
}

func refusalIn(err error) (why schema.Refusal, detail string, is bool) {
	if refused, is := errors.AsType[*schema.Refused](err); is {
		return refused.Why, refused.Detail, true
	}
	why, is = errors.AsType[schema.Refusal](err)
	return why, "", is
}

func wireRefusal(why schema.Refusal, detail string) *ExplainedRefusal {
	p := refusal(why, detail, nil)
	return &ExplainedRefusal{Number: number(why), Message: p.message, Detail: p.detail}
}
