package api

import (
	"time"

	"github.com/gin-gonic/gin"
)

func (d *Door) measure(*gin.Context) func(time.Duration) { return func(time.Duration) {} }
