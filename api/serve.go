package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
)

// maxHeader bounds a request's header lines.
const maxHeader = 64 << 10

// Serve answers on listener, over TLS when the configuration names a certificate, until ctx is done: then nobody waits any
// longer, what is under way is answered, and what is not by StopTimeout is cut. It ends with nil when it was told to.
func (d *Door) Serve(ctx context.Context, listener net.Listener) error {
	secure, err := d.config.tls()
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:                      d.Handler(),
		ReadHeaderTimeout:            d.config.ReadHeaderTimeout,
		ReadTimeout:                  d.config.ReadTimeout,
		WriteTimeout:                 d.config.WriteTimeout,
		IdleTimeout:                  d.config.IdleTimeout,
		MaxHeaderBytes:               maxHeader,
		TLSConfig:                    secure,
		DisableGeneralOptionsHandler: true, // it would answer OPTIONS * by itself, with none of our headers, log lines and counts

		ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	go func() {
		if secure != nil {
			ended <- server.ServeTLS(listener, "", "")
		} else {
			ended <- server.Serve(listener)
		}
	}()
	select {
	case err := <-ended:
		d.stop()
		return fmt.Errorf("serve HTTP on %s: %w", listener.Addr(), err)
	case <-ctx.Done():
		return d.shut(server, ended)
	}
}

func (d *Door) shut(server *http.Server, ended <-chan error) error {
	d.stop()
	patience, cancel := context.WithTimeout(context.Background(), d.config.StopTimeout)
	defer cancel()
	err := server.Shutdown(patience)
	if errors.Is(err, context.DeadlineExceeded) {
		d.log.Warn("requests were cut, as they took longer than the server may take to stop")
		err = server.Close()
	}
	<-ended
	return err
}
