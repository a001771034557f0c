import JSON
import NIOCore
import WebSocketFraming

/// One call's connection: the opening handshake, then frames. Confined to its event loop.
final class EchoHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State {
        case opening(ServerHandshake)
        case open(FrameReader)
        case closed
    }

    private var state = State.opening(ServerHandshake())

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let octets = Array(self.unwrapInboundIn(data).readableBytesView)
        var answer: [UInt8] = []
        switch self.state {
        case .opening(let handshake): self.open(handshake, octets, answer: &answer)
        case .open(let reader): self.read(reader, octets, answer: &answer)
        case .closed: return
        }
        if !answer.isEmpty { context.writeAndFlush(self.wrapOutboundOut(ByteBuffer(bytes: answer)), promise: nil) }
        if case .closed = self.state { context.close(promise: nil) }
    }

    private func open(_ handshake: ServerHandshake, _ octets: [UInt8], answer: inout [UInt8]) {
        var handshake = handshake
        do throws(HandshakeError) {
            guard let opening = try handshake.receive(octets) else {
                self.state = .opening(handshake)
                return
            }
            answer += opening.acceptance
            self.read(FrameReader(role: .server), opening.remainder, answer: &answer)
        } catch {
            answer += ServerHandshake.refusal(of: error)
            self.state = .closed
        }
    }

    private func read(_ reader: FrameReader, _ octets: [UInt8], answer: inout [UInt8]) {
        // The reader is moved out of the state, so that appending to its buffer copies nothing.
        self.state = .closed
        var reader = reader
        reader.append(octets[...])
        do throws(WebSocketError) {
            while let unit = try reader.next() {
                switch unit {
                case .binary(let range):
                    FrameWriter.append(.binary, reader.buffer[range], maskingKey: nil, to: &answer)
                case .text(let range):
                    self.take(event: Array(reader.buffer[range]), answer: &answer)
                case .ping(let range):
                    FrameWriter.append(.pong, reader.buffer[range], maskingKey: nil, to: &answer)
                case .pong:
                    continue
                case .close(let code, _):
                    FrameWriter.appendClose(code, maskingKey: nil, to: &answer)
                    return
                }
            }
            self.state = .open(reader)
        } catch {
            FrameWriter.appendClose(error.closeCode, maskingKey: nil, to: &answer)
        }
    }

    private func take(event: [UInt8], answer: inout [UInt8]) {
        guard let name = try? JSONReader.parse(event)["event"]?.asString, name == "start" else { return }
        let ready = Array(#"{"command":"ready","rate":8000}"#.utf8)
        FrameWriter.append(.text, ready[...], maskingKey: nil, to: &answer)
    }
}
