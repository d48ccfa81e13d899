package api

import (
	"errors"
	"net/http"

	"proactive/schema"
)

// jobProblem gives each refusal of an agent's call its answer; every other error passes.
func jobProblem(err error) error {
	refused, ok := errors.AsType[*schema.RefusedJob](err)
	if !ok {
		return err
	}
	switch refused.Why {
	case schema.AgentUnknown:
		return noSuchAgent()
	case schema.JobNotWanted:
		return &problem{status: http.StatusGone, message: "Job not wanted", detail: refused.Detail}
	case schema.ResultDiffers:
		return &problem{status: http.StatusConflict, message: "Job has another result", detail: refused.Detail}
	case schema.ResultInvalid:
		return unreadable(refused.Detail)
	}
	return err
}
