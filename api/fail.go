package api

import (
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/gin-gonic/gin"
)

// fail ends a request with an error, for problems to write.
func fail(c *gin.Context, err error) {
	c.Error(err) //nolint:errcheck // it returns its argument
	c.Abort()
}

// problems writes every error of every call, and makes one out of a panic.
func (d *Door) problems(c *gin.Context) {
	defer func() {
		if r := recover(); r != nil {
			if r == http.ErrAbortHandler || c.Writer.Written() {
				panic(http.ErrAbortHandler) // half an answer is out: only cutting the connection tells the caller so
			}
			d.log.Error("panic", "transaction_id", visitOf(c).transaction, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			fail(c, fmt.Errorf("panic: %v", r))
		}
		if len(c.Errors) > 0 && !c.Writer.Written() {
			d.writeProblem(c, c.Errors.Last().Err)
		}
	}()
	c.Next()
}

func (d *Door) writeProblem(c *gin.Context, err error) {
	v := visitOf(c)
	v.problem = problemOf(err, v.call != nil && v.call.creates)
	if v.problem.bound != "" {
		d.metrics.refused.WithLabelValues(v.problem.bound).Inc()
	}
	for name, value := range v.problem.header {
		c.Writer.Header().Set(name, value)
	}
	if v.call != nil && v.call.page {
		writeProblemPage(c, v.problem)
		return
	}
	writeFailure(c, v.problem)
}
