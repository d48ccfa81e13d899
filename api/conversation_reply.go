package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// reply is the whole of POST /help/{token}: read the form, let Postgres decide, show how it stands. What acted leads back to the
// page, so that loading it again repeats nothing; what did not act is answered with the page and the reason.
func (d *Door) reply(c *gin.Context) {
	said, unread := d.readReply(c)
	if unread != nil {
		d.unread(c, unread)
		return
	}
	view, err := d.answer(c, said)
	why, refused := errors.AsType[schema.ReplyRefusal](err)
	switch {
	case refused:
		d.refuse(c, view, replyProblem(why), why)
	case err != nil:
		fail(c, err)
	default:
		c.Writer.Header().Set("Location", pagePath(c.Param("token")))
		c.Status(http.StatusSeeOther)
		c.Writer.WriteHeaderNow()
	}
}

// answer goes on when the person closes the page: the click is here, so it counts.
func (d *Door) answer(c *gin.Context, said schema.Reply) (schema.View, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request.Context()), d.config.StoreTimeout)
	defer cancel()
	view, err := d.conversations.Reply(ctx, schema.HashToken(c.Param("token")), said)
	visitOf(c).experienceID = view.ExperienceID
	return view, err
}

// unread answers for a form that says nothing: the page as it stands, unless the token leads nowhere.
func (d *Door) unread(c *gin.Context, p *problem) {
	view, err := d.conversation(c, c.Param("token"))
	if err != nil {
		fail(c, err)
		return
	}
	d.refuse(c, view, p, schema.ReplyUnclear)
}

func (d *Door) refuse(c *gin.Context, view schema.View, p *problem, why schema.ReplyRefusal) {
	visitOf(c).problem = p
	d.writePage(c, p.status, view, why)
}

// replyProblem gives each refusal of a reply its status.
func replyProblem(why schema.ReplyRefusal) *problem {
	p := &problem{status: http.StatusUnprocessableEntity, message: "Reply refused: " + string(why)}
	if why == schema.ReplyTooLate || why == schema.ReplyNotAsked {
		p.status = http.StatusConflict
	}
	return p
}
