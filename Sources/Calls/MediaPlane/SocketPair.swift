import Addressing
import CLinux
import Reactor

/// The two sockets of a call.
struct SocketPair: ~Copyable {
    let rtp: MediaSocket
    let rtcp: MediaSocket

    /// Nil when either port is in use by somebody else.
    static func bind(_ address: IPAddress, port: UInt16) throws(MediaPlaneError) -> SocketPair? {
        do throws(ReactorError) {
            return SocketPair(
                rtp: try MediaSocket(address, port: port), rtcp: try MediaSocket(address, port: port + 1))
        } catch {
            guard case .systemCall(_, let code) = error else { return nil }
            if code == clinux_address_in_use() { return nil }
            if clinux_too_many_descriptors(code) != 0 { throw .descriptorsExhausted }
            throw .addressUnavailable(address, code: code)
        }
    }
}

extension MediaPlane {
    /// Binds a socket to an address for a moment; throws where no call could.
    package static func tryAddress(_ address: IPAddress) throws(MediaPlaneError) {
        // An ephemeral port: the kernel has one.
        do throws(ReactorError) {
            _ = try MediaSocket(address, port: 0)
        } catch {
            guard case .systemCall(_, let code) = error else { return }
            if clinux_too_many_descriptors(code) != 0 { throw .descriptorsExhausted }
            throw .addressUnavailable(address, code: code)
        }
    }
}
