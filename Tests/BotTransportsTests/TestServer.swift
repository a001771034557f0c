import CLinux
import Reactor
import Synchronization
import Testing
import Timekeeping
import WebSocketFraming

/// A WebSocket server for one connection of a test, on a thread of its own: it runs `script` and ends.
final class TestServer: Sendable {
    let port: UInt16
    private let thread: LoopThread

    init(_ script: @escaping @Sendable (inout ServerConnection) -> Void) throws {
        var port: UInt16 = 0
        // Safe: the callee writes one port.
        let listener = try ReactorError.check(unsafe clinux_tcp_listen_loopback(&port), "listen")
        self.port = port
        self.thread = try LoopThread.start(name: "test-server") { _ in
            defer { _ = clinux_close(listener) }
            guard clinux_wait_readable(listener, 20_000) == 1 else { return }
            let descriptor = clinux_tcp_accept(listener)
            guard descriptor >= 0 else { return }
            defer { _ = clinux_close(descriptor) }
            var connection = ServerConnection(descriptor: descriptor)
            script(&connection)
        }
    }

    var url: String { "ws://127.0.0.1:\(self.port)/bot?x=1" }

    /// Waits until the script has run.
    func join() {
        self.thread.join()
    }
}

/// One accepted connection, with blocking calls for a test's script.
struct ServerConnection {
    let descriptor: Int32
    private(set) var opening: ServerHandshake.Opening?
    private var reader = FrameReader(role: .server)

    init(descriptor: Int32) {
        self.descriptor = descriptor
    }

    func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        let deadline = Reactor.now() + .seconds(20)
        while !rest.isEmpty, Reactor.now() < deadline {
            let count = unsafe rest.withUnsafeBytes { bytes in
                // Safe: exactly the slice's bytes are read.
                unsafe clinux_write(self.descriptor, bytes.baseAddress, Int64(bytes.count))
            }
            if count == -Int64(clinux_would_block()) {
                _ = clinux_wait_readable(-1, 1)
            } else if count < 0 {
                return
            } else {
                rest = rest.dropFirst(Int(count))
            }
        }
    }

    /// Nil at the end of the stream.
    func read() -> [UInt8]? {
        guard clinux_wait_readable(self.descriptor, 20_000) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            // Safe: at most the buffer's length is written.
            unsafe clinux_read(self.descriptor, bytes.baseAddress, Int64(bytes.count))
        }
        return count > 0 ? Array(bytes.prefix(Int(count))) : nil
    }

    /// Answers the opening handshake, with `extra` bytes in the same segment.
    mutating func accept(extra: [UInt8] = []) {
        var handshake = ServerHandshake()
        while self.opening == nil, let bytes = self.read() {
            self.opening = try? handshake.receive(bytes)
        }
        guard let opening = self.opening else { return }
        self.reader.append(opening.remainder[...])
        self.write(opening.acceptance + extra)
    }

    func send(_ opcode: Opcode, _ payload: [UInt8], isFinal: Bool = true) {
        var bytes: [UInt8] = []
        FrameWriter.append(opcode, payload[...], isFinal: isFinal, maskingKey: nil, to: &bytes)
        self.write(bytes)
    }

    func sendClose(_ code: CloseCode?) {
        var bytes: [UInt8] = []
        FrameWriter.appendClose(code, maskingKey: nil, to: &bytes)
        self.write(bytes)
    }

    /// The next frame as (opcode, payload); nil at the end of the stream.
    mutating func receive() -> (opcode: Opcode, payload: [UInt8])? {
        while true {
            guard let unit = try? self.reader.next() else {
                guard let bytes = self.read() else { return nil }
                self.reader.append(bytes[...])
                continue
            }
            switch unit {
            case .text(let range): return (.text, Array(self.reader.buffer[range]))
            case .binary(let range): return (.binary, Array(self.reader.buffer[range]))
            case .ping(let range): return (.ping, Array(self.reader.buffer[range]))
            case .pong(let range): return (.pong, Array(self.reader.buffer[range]))
            case .close(let code, _):
                guard let code = code?.rawValue else { return (.close, []) }
                return (.close, [UInt8(code >> 8), UInt8(truncatingIfNeeded: code)])
            }
        }
    }
}

/// What a server's script wants the test to look at.
final class Report<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    func add(_ value: Value) {
        self.values.withLock { $0.append(value) }
    }

    var all: [Value] { self.values.withLock { $0 } }
}
