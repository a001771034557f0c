import Glibc
import NIOCore
import Timekeeping

extension ChannelOption where Self == ChannelOptions.Types.SocketOption {
    /// `TCP_USER_TIMEOUT` (RFC 5482), in milliseconds.
    static var acknowledgementTimeout: Self {
        .tcpOption(NIOBSDSocket.Option(rawValue: TCP_USER_TIMEOUT))
    }
}

extension TransportConfiguration {
    var acknowledgementTimeoutForKernel: ChannelOptions.Types.SocketOption.Value {
        Int(clamping: self.acknowledgementTimeout.inMilliseconds)
    }
}
