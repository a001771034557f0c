import Addressing
import AudioCodecs
import RTP

/// What offer and answer settled about one call's RTP, but for its keys.
package struct WireParameters: Hashable, Sendable {
    package var codec: AudioCodec
    package var sendPayloadType: PayloadType
    package var receivePayloadType: PayloadType
    /// Nil where telephone-event was not agreed.
    package var telephoneEventSend: PayloadType?
    package var telephoneEventReceive: PayloadType?
    package var remoteRTP: TransportAddress
    /// The same as `remoteRTP` when RTCP was multiplexed (RFC 5761); our RTCP then leaves from the RTP port.
    package var remoteRTCP: TransportAddress
    /// Ours: whether we send, whether we listen.
    package var direction: WireDirection = .sendAndReceive
    /// Sends comfort silence from the moment of `connect`, before `answered`.
    package var sendsBeforeAnswer = true

    package init(
        codec: AudioCodec, sendPayloadType: PayloadType, receivePayloadType: PayloadType,
        telephoneEventSend: PayloadType? = nil, telephoneEventReceive: PayloadType? = nil,
        remoteRTP: TransportAddress, remoteRTCP: TransportAddress
    ) {
        self.codec = codec
        self.sendPayloadType = sendPayloadType
        self.receivePayloadType = receivePayloadType
        self.telephoneEventSend = telephoneEventSend
        self.telephoneEventReceive = telephoneEventReceive
        self.remoteRTP = remoteRTP
        self.remoteRTCP = remoteRTCP
    }
}
