package main

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
)

// tellAgain asks the service to tell other systems once more, and says of how much it will: the number that the answer has as count. Of one
// thing that was named, none is an error.
func (s *issueServer) tellAgain(c *cobra.Command, path string, which url.Values, count string, named bool, say func(n int) string) error {
	client, err := s.client()
	if err != nil {
		return err
	}
	var told map[string]int
	if _, err := client.ask(c.Context(), http.MethodPost, path+"?"+which.Encode(), "", nil, &told); err != nil {
		return err
	}
	n := told[count]
	if n == 0 && named {
		return errors.New(say(n))
	}
	printer{c.OutOrStdout()}.line("%s", say(n))
	return nil
}
