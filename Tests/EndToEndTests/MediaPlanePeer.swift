import Addressing
import CLinux
import Foundation
import PCM
import RTP
import SRTP
import Timekeeping

/// The far end of one call's media on loopback: a pair of sockets, one RTP stream each way, SRTP when it has keys.
final class MediaPlanePeer {
    private let rtp: Int32
    private let rtcp: Int32
    let rtpPort: UInt16
    private var sender: RTPSender
    private var tone = ToneGenerator(frequency: 1_000, level: -12, rate: .hz8000)
    private var protector: SRTPSender?
    private var opener: SRTPReceiver?
    private(set) var receiver = RTPReceiver()
    /// A-law of every audio packet, in order of arrival.
    private(set) var heard: [UInt8] = []
    /// Packets as they came, before anything was made of them.
    private(set) var raw: [[UInt8]] = []
    private(set) var rtcpRaw: [[UInt8]] = []
    private(set) var events: [TelephoneEventPayload] = []
    private(set) var unopened = 0

    static let audioType: UInt8 = 8
    static let eventType: UInt8 = 101

    /// Binds two ports of the kernel's choice.
    init(keys: (send: MasterKey, receive: MasterKey)? = nil) throws {
        self.rtp = try Self.bind()
        self.rtcp = try Self.bind()
        self.rtpPort = UInt16(clinux_media_port(self.rtp))
        var random = SystemRandomNumberGenerator()
        self.sender = RTPSender(using: &random)
        guard let keys else { return }
        self.protector = try SRTPSender(.aesCM128HMACSHA1_80, keys.send)
        self.opener = try SRTPReceiver(.aesCM128HMACSHA1_80, keys.receive)
    }

    /// Speaks and opens under these keys from now on; nil keeps what opens.
    func rekey(send: MasterKey, receive: MasterKey?) throws {
        self.protector = try SRTPSender(.aesCM128HMACSHA1_80, send)
        if let receive { self.opener = try SRTPReceiver(.aesCM128HMACSHA1_80, receive) }
    }

    deinit {
        _ = clinux_close(self.rtp)
        _ = clinux_close(self.rtcp)
    }

    var rtpAddress: TransportAddress { TransportAddress(.loopback, port: self.rtpPort) }
    var rtcpAddress: TransportAddress { TransportAddress(.loopback, port: UInt16(clinux_media_port(self.rtcp))) }

    private static func bind() throws -> Int32 {
        var address = Self.address(port: 0)
        // Safe: the callee reads the address before it returns.
        let result = unsafe clinux_media_bind(&address, 1 << 20, 0)
        guard result >= 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        return result
    }

    private static func address(port: UInt16) -> clinux_address {
        var address = clinux_address()
        address.length = 4
        address.port = port
        address.bytes.0 = 127
        address.bytes.3 = 1
        return address
    }

    /// Sends 20 ms of a tone of 1 kHz, and returns the datagram.
    @discardableResult
    func sendTone(to port: UInt16) -> [UInt8] {
        var samples = [Int16](repeating: 0, count: 160)
        var span = samples.mutableSpan
        self.tone.fill(&span)
        return self.send(samples, to: port)
    }

    @discardableResult
    func send(_ samples: [Int16], to port: UInt16) -> [UInt8] {
        let header = self.sender.nextAudio(
            payloadType: .pcma, samples: UInt32(samples.count), payloadLengthInBytes: samples.count)
        var packet = [UInt8](repeating: 0, count: 12)
        header.write(into: &packet)
        return self.send(packet + samples.map { ALaw.encode($0) }, to: port)
    }

    /// Sends one report of a telephone event.
    func send(_ report: TelephoneEventPayload, timestamp: RTPTimestamp, to port: UInt16) {
        var header = self.sender.nextAudio(payloadType: .telephoneEvent, samples: 160, payloadLengthInBytes: 4)
        header.timestamp = timestamp
        var packet = [UInt8](repeating: 0, count: 16)
        header.write(into: &packet)
        var span = packet.mutableSpan
        report.write(into: &span, at: 12)
        self.send(packet, to: port)
    }

    @discardableResult
    private func send(_ packet: [UInt8], to port: UInt16) -> [UInt8] {
        var bytes = packet + [UInt8](repeating: 0, count: SRTPSender.overheadMax)
        let count = (try? self.protector?.protectRTP(&bytes, count: packet.count)) ?? packet.count
        let datagram = Array(bytes[..<count])
        self.sendRaw(datagram, to: port)
        return datagram
    }

    func sendRaw(_ packet: [UInt8], to port: UInt16) {
        var address = Self.address(port: port)
        let descriptor = self.rtp
        // Safe: the callee reads the packet and the address before it returns.
        _ = unsafe packet.withUnsafeBufferPointer { bytes in
            unsafe clinux_media_send(descriptor, bytes.baseAddress, Int32(bytes.count), &address)
        }
    }

    /// Takes all that has come.
    func receive() {
        for packet in Self.datagrams(of: self.rtcp) { self.rtcpRaw.append(packet) }
        for packet in Self.datagrams(of: self.rtp) {
            self.raw.append(packet)
            var bytes = packet
            var count = packet.count
            if self.opener != nil {
                guard let opened = try? self.opener?.unprotectRTP(&bytes, count: count) else {
                    self.unopened += 1
                    continue
                }
                count = opened
            }
            guard let header = try? RTPPacket(bytes, count: count) else { continue }
            let isEvent = header.payloadType == .telephoneEvent
            _ = self.receiver.receive(header, at: .origin, countsForJitter: false)
            if isEvent {
                if let report = try? TelephoneEventPayload(bytes.span.extracting(header.payload)) {
                    self.events.append(report)
                }
            } else {
                self.heard += bytes[header.payload]
            }
        }
    }

    private static func datagrams(of descriptor: Int32) -> [[UInt8]] {
        var packets: [[UInt8]] = []
        var headers = [clinux_datagram](repeating: clinux_datagram(), count: 32)
        var bytes = [UInt8](repeating: 0, count: 32 * 2_048)
        while true {
            let count = unsafe bytes.withUnsafeMutableBufferPointer { bytes in
                unsafe headers.withUnsafeMutableBufferPointer { headers in
                    // Safe: both arrays hold 32 slots of the sizes that are passed.
                    unsafe clinux_media_receive(descriptor, headers.baseAddress, 32, bytes.baseAddress, 2_048)
                }
            }
            guard count > 0 else { return packets }
            for index in 0..<Int(count) {
                packets.append(Array(bytes[(index * 2_048)..<(index * 2_048 + Int(headers[index].length))]))
            }
        }
    }
}

/// Frames of 20 ms that are a tone of 1 kHz and little else.
func toneFrames(inALaw codes: [UInt8]) -> Int {
    stride(from: 0, to: codes.count - 159, by: 160).count { share(of: 1_000, inALaw: codes[$0..<($0 + 160)]) > 0.9 }
}

/// How strong one frequency is in A-law audio, as a share of all its power.
func share(of frequency: Double, inALaw codes: some Collection<UInt8>) -> Double {
    let samples = codes.map { Double(ALaw.decode($0)) }
    let total = samples.reduce(0) { $0 + $1 * $1 }
    guard total > 0 else { return 0 }
    var real = 0.0
    var imaginary = 0.0
    for (index, sample) in samples.enumerated() {
        let angle = 2 * Double.pi * frequency * Double(index) / 8_000
        real += sample * cos(angle)
        imaginary += sample * sin(angle)
    }
    return 2 * (real * real + imaginary * imaginary) / Double(samples.count) / total
}
