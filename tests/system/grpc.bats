# Probes over gRPC, against real servers: tests/tools/health.py, with Debian's python3-grpcio.

setup() {
	load ../helpers
	# That package is for the system's own Python.
	PYTHON=/usr/bin/python3
	PORT=$(free_port)
}

# One that nobody has, below those that connections get.
free_port() {
	$PYTHON -c '
import random, socket
while True:
    s, port = socket.socket(), random.randrange(20000, 30000)
    try:
        s.bind(("127.0.0.1", port))
        break
    except OSError:
        pass
print(port)'
}

# ask MODE [LINE...]: boots a pod whose container is that server, with the lines in its section
ask() {
	local mode=$1
	shift
	{
		echo '[container web]'
		echo "command = $PYTHON $TESTS/tools/health.py $PORT $mode"
		echo "readinessProbe.grpc.port = $PORT"
		echo 'readinessProbe.periodSeconds = 0.1'
		[ $# -eq 0 ] || printf '%s\n' "$@"
	} | pod grpc
	boot grpc
}

stop() {
	kill -TERM $BOOTED
	ended
	cat "$DIR/grpc.log"
	[ $code -eq 0 ]
}

# fails TEXT: the container is told to be unhealthy with that text, and was never ready
fails() {
	wait_for "$DIR/grpc.log" "Unhealthy container=web probe=readiness .*$1"
	stop
	! grep -q "Ready container=web" "$DIR/grpc.log"
}

# Proves: K8s 4.6.1
@test "SERVING: the container is ready" {
	ask serving
	wait_for "$DIR/grpc.log" "Ready container=web"
	stop
}

# Proves: K8s 4.6.1
@test "SERVING of one service: it is asked by its name" {
	ask "serving db.v1" 'readinessProbe.grpc.service = db.v1'
	wait_for "$DIR/grpc.log" "Ready container=web"
	stop
}

# Proves: K8s 4.6.1
@test "NOT_SERVING: the container is unhealthy" {
	ask not-serving
	fails 'service unhealthy \(responded with .*NOT_SERVING'
}

# Proves: K8s 4.6.1
@test "an unknown service is a failure, with the server's words" {
	ask "serving db.v1" 'readinessProbe.grpc.service = other'
	fails 'rpc error: code = NotFound desc = unknown service'
}

# Proves: K8s 4.6.1
@test "a server without the health service is a failure" {
	ask other
	fails 'this server does not implement the grpc health protocol'
}

# Proves: K8s 4.6.1
@test "a silent server has failed when timeoutSeconds are over" {
	ask silent 'readinessProbe.timeoutSeconds = 0.2'
	fails 'no answer within timeoutSeconds'
}

# Proves: K8s 4.6.1
@test "garbage, and a reply that breaks off, are failures" {
	ask garbage 'readinessProbe.timeoutSeconds = 100'
	fails 'malformed gRPC reply: it is not HTTP/2'
	ask cut 'readinessProbe.timeoutSeconds = 100'
	fails 'the connection ended amid the reply'
}

@test "a server that waits for its SETTINGS and PING to be answered is served" {
	ask strict 'readinessProbe.timeoutSeconds = 100'
	wait_for "$DIR/grpc.log" "Ready container=web"
	stop
}

# Proves: K8s 4.6.1
@test "liveness over gRPC restarts a container that says NOT_SERVING" {
	ask "file $DIR/bad" "startupProbe.grpc.port = $PORT" 'startupProbe.periodSeconds = 0.1' \
		'startupProbe.failureThreshold = 1000' "livenessProbe.grpc.port = $PORT" \
		'livenessProbe.periodSeconds = 0.1'
	wait_for "$DIR/grpc.log" "Ready container=web"
	touch "$DIR/bad"
	wait_for "$DIR/grpc.log" "Unhealthy container=web probe=liveness .*NOT_SERVING"
	wait_for "$DIR/grpc.log" "Container web failed liveness probe, will be restarted"
	rm "$DIR/bad"
	wait_for "$DIR/grpc.log" "Started container=web pid=[0-9]+ restartCount=1"
	stop
}
