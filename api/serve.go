package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
)

const (
	maxHeader              = 64 << 10 // bytes of a request's header lines
	maxStreamsOfConnection = 100      // requests at once on one connection of HTTP/2
)

// Serve answers on listener, over TLS when the configuration names a certificate, until ctx is done: then nobody waits any
// longer, what is under way is answered, and what is not by StopTimeout is cut. It ends with nil when it was told to.
func (d *Door) Serve(ctx context.Context, listener net.Listener) error {
	secure, err := d.config.tls()
	if err != nil {
		return err
	}
	d.rates.sync(ctx) // so that a restart lets nobody begin the hour anew
	counting, stopCounting := context.WithCancel(context.WithoutCancel(ctx))
	var counts sync.WaitGroup
	counts.Go(func() { d.rates.run(counting) })
	defer counts.Wait()
	defer stopCounting() // when the last request has been counted
	server := d.server(secure)
	ended := make(chan error, 1)
	go func() {
		if secure != nil {
			ended <- server.ServeTLS(d.connections.listen(listener), "", "")
		} else {
			ended <- server.Serve(d.connections.listen(listener))
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

// server is net/http's, with a bound for everything that a caller can draw out or make large.
func (d *Door) server(secure *tls.Config) *http.Server {
	return &http.Server{
		Handler:                      d.connections.noticing(d.Handler()),
		ConnContext:                  d.connections.name,
		ReadHeaderTimeout:            d.config.ReadHeaderTimeout,
		ReadTimeout:                  d.config.ReadTimeout,
		WriteTimeout:                 d.config.WriteTimeout,
		IdleTimeout:                  d.config.IdleTimeout,
		MaxHeaderBytes:               maxHeader,
		TLSConfig:                    secure,
		DisableGeneralOptionsHandler: true, // it would answer OPTIONS * by itself, with none of our headers, log lines and counts

		HTTP2:    &http.HTTP2Config{MaxConcurrentStreams: maxStreamsOfConnection},
		ErrorLog: slog.NewLogLogger(d.log.Handler(), slog.LevelWarn),
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
