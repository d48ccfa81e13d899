package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"proactive/schema"
)

// Conversations keeps what is agreed with people, by the hash of a link's token; schema.ErrNoRecord for one that is unknown or too
// old. Reply gives the conversation as it is afterwards, also beside a schema.ReplyRefusal. WaitIssue is that of IssueReader.
type Conversations interface {
	Conversation(ctx context.Context, tokenHash []byte) (schema.View, error)
	Reply(ctx context.Context, tokenHash []byte, reply schema.Reply) (schema.View, error)
	WaitIssue(ctx context.Context, experienceID string, since int) error
}

// conversationPage is the whole of GET /help/{token}. It decides nothing, whatever the query says: scanners of mail follow every link.
func (d *Door) conversationPage(c *gin.Context) {
	view, err := d.conversation(c, c.Param("token"))
	if err != nil {
		fail(c, err)
		return
	}
	d.writePage(c, http.StatusOK, view, "")
}

// conversation looks up what a token leads to. It asks Postgres whatever the token looks like, so that how long the answer takes
// tells nothing about a token that leads nowhere.
func (d *Door) conversation(c *gin.Context, token string) (schema.View, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), d.config.StoreTimeout)
	defer cancel()
	view, err := d.conversations.Conversation(ctx, schema.HashToken(token))
	visitOf(c).experienceID = cmp.Or(view.ExperienceID, visitOf(c).experienceID)
	return view, err
}

// noLink answers for a path that no link has, in all that can be seen as for a token that leads nowhere.
func (d *Door) noLink(c *gin.Context, token string) {
	visitOf(c).call = &call{page: true}
	d.pageHeaders(c)
	_, err := d.conversation(c, token)
	if err == nil {
		err = schema.ErrNoRecord
	}
	fail(c, err)
}
