import Addressing
import AudioCodecs
import CallAudio
import SRTP

/// The keys of one SRTP call: ours for what is sent, the far end's for what arrives.
package struct WireSecurity: Sendable {
    package var profile: ProtectionProfile
    package var sendKey: MasterKey
    package var receiveKey: MasterKey

    package init(profile: ProtectionProfile, sendKey: MasterKey, receiveKey: MasterKey) {
        self.profile = profile
        self.sendKey = sendKey
        self.receiveKey = receiveKey
    }
}

/// What offer and answer settled, as the media plane needs it.
package struct WireParameters: Sendable {
    package var codec: AudioCodec
    package var sendPayloadType: UInt8
    package var receivePayloadType: UInt8
    /// Nil where telephone-event was not agreed.
    package var telephoneEventSend: UInt8?
    package var telephoneEventReceive: UInt8?
    package var remoteRTP: TransportAddress
    package var remoteRTCP: TransportAddress
    /// Ours: whether we send, whether we listen.
    package var direction: WireDirection = .sendAndReceive
    /// Nil is plain RTP.
    package var security: WireSecurity?
    /// Sends comfort silence from the moment of `connect`, before `answered`.
    package var sendsBeforeAnswer = true

    package init(
        codec: AudioCodec, sendPayloadType: UInt8, receivePayloadType: UInt8, remoteRTP: TransportAddress,
        remoteRTCP: TransportAddress
    ) {
        self.codec = codec
        self.sendPayloadType = sendPayloadType
        self.receivePayloadType = receivePayloadType
        self.remoteRTP = remoteRTP
        self.remoteRTCP = remoteRTCP
    }
}
