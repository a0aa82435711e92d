// The measured services on grpc-go, as a user would write them.
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strconv"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"server-go/bench"
	"server-go/helloworld"
)

type greeter struct {
	helloworld.UnimplementedGreeterServer
}

func (greeter) SayHello(_ context.Context, request *helloworld.HelloRequest) (*helloworld.HelloReply, error) {
	return &helloworld.HelloReply{Message: "Hello " + request.Name + "!"}, nil
}

func (g greeter) SayHelloLater(cx context.Context, request *helloworld.HelloRequest) (*helloworld.HelloReply, error) {
	runtime.Gosched()
	return g.SayHello(cx, request)
}

func (greeter) SayHelloWithMetadata(cx context.Context, request *helloworld.HelloRequest) (*helloworld.HelloReply, error) {
	sent, _ := metadata.FromIncomingContext(cx)
	length := 0
	for _, key := range []string{"x-user", "x-tenant", "x-region", "x-session", "x-request"} {
		for _, value := range sent.Get(key) {
			length += len(value)
		}
	}
	return &helloworld.HelloReply{Message: fmt.Sprintf("Hello %s of %d!", request.Name, length)}, nil
}

type echo struct {
	bench.UnimplementedEchoServer
}

func (echo) Echo(_ context.Context, payload *bench.Payload) (*bench.Payload, error) {
	return payload, nil
}

func (echo) Stream(request *bench.StreamRequest, replies bench.Echo_StreamServer) error {
	payload := make([]byte, request.Size)
	for i := range payload {
		payload[i] = 'x'
	}
	for i := uint32(0); i < request.Count; i++ {
		if err := replies.Send(&bench.Payload{Payload: payload}); err != nil {
			return err
		}
	}
	return nil
}

func (echo) Sink(payloads bench.Echo_SinkServer) error {
	reply := &bench.SinkReply{}
	for {
		payload, err := payloads.Recv()
		if err == io.EOF {
			return payloads.SendAndClose(reply)
		}
		if err != nil {
			return err
		}
		reply.Messages++
		reply.Bytes += uint64(len(payload.Payload))
	}
}

func (echo) PingPong(payloads bench.Echo_PingPongServer) error {
	for {
		payload, err := payloads.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := payloads.Send(payload); err != nil {
			return err
		}
	}
}

func main() {
	if threads, err := strconv.Atoi(os.Getenv("THREADS")); err == nil {
		runtime.GOMAXPROCS(threads)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		panic(err)
	}
	server := grpc.NewServer()
	helloworld.RegisterGreeterServer(server, greeter{})
	bench.RegisterEchoServer(server, echo{})
	fmt.Printf("port %d\n", listener.Addr().(*net.TCPAddr).Port)
	if err := server.Serve(listener); err != nil {
		panic(err)
	}
}
