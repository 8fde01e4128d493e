//! Pictures that claim to be larger than they are, and one that is.

/// A true PNG of 50,000 × 50,000 black pixels in 300 kB: unpacked it takes 312 MB, as RGBA 10 GB.
pub fn png_bomb() -> Vec<u8> {
    const SIDE: usize = 50_000;
    let raw = SIDE * (1 + SIDE / 8);
    let mut bits = Bits::default();
    // One deflate block (RFC 1951, 3.2.7) in which "258 more of the same" takes two bits: symbol 285 has a code of
    // one bit, symbols 0 and 256 have two, and the only distance has one.
    bits.put(1, 1);
    bits.put(2, 2);
    bits.put(29, 5);
    bits.put(0, 5);
    bits.put(14, 4);
    for position in 0..18 {
        bits.put(
            match position {
                2 => 1,
                15 | 17 => 2,
                _ => 0,
            },
            3,
        );
    }
    // In the codes for code lengths, 18 ("many zeros") is 0, length 1 is 10, length 2 is 11.
    let (one, two) = ([1, 0], [1, 1]);
    let zeros = |bits: &mut Bits, count: u32| {
        bits.put(0, 1);
        bits.put(count - 11, 7);
    };
    bits.code(&two);
    zeros(&mut bits, 138);
    zeros(&mut bits, 117);
    bits.code(&two);
    zeros(&mut bits, 28);
    bits.code(&one);
    bits.code(&one);
    let (repeats, rest) = ((raw - 1) / 258, (raw - 1) % 258);
    bits.code(&[1, 0]);
    (0..repeats).for_each(|_| bits.put(0, 2));
    (0..rest).for_each(|_| bits.code(&[1, 0]));
    bits.code(&[1, 1]);
    let adler = u32::try_from(raw % 65_521).unwrap_or(0) << 16 | 1;
    let data = [&[0x78, 0xda], bits.bytes.as_slice(), &adler.to_be_bytes()].concat();
    let side = u32::try_from(SIDE).unwrap_or(0);
    png(side, side, &data)
}

/// A PNG that claims this size and has next to no data.
pub fn png_claiming(width: u32, height: u32) -> Vec<u8> {
    png(width, height, &[0x78, 0x9c, 3, 0, 0, 0, 0, 1])
}

fn png(width: u32, height: u32, data: &[u8]) -> Vec<u8> {
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let chunks = [chunk(*b"IHDR", &header), chunk(*b"IDAT", data), chunk(*b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunks.concat()].concat()
}

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), data].concat();
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    [length.as_slice(), &body, &crc32(&body).to_be_bytes()].concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

/// A JPEG that claims this size and stops after its headers.
pub fn jpeg_claiming(width: u16, height: u16) -> Vec<u8> {
    let quantisation = [b"\xff\xdb\0\x43\0".as_slice(), &[1; 64]].concat();
    let frame =
        [b"\xff\xc0\0\x0b\x08".as_slice(), &height.to_be_bytes(), &width.to_be_bytes(), &[1, 1, 0x11, 0]]
            .concat();
    let codes = [b"\xff\xc4\0\x14\0".as_slice(), &[1], &[0; 15], &[0]].concat();
    let scan = b"\xff\xda\0\x08\x01\x01\0\0\x3f\0";
    [b"\xff\xd8".as_slice(), &quantisation, &frame, &codes, scan, &[0; 64], b"\xff\xd9"].concat()
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    /// Appends the lowest bits of a number, lowest first.
    fn put(&mut self, value: u32, count: u32) {
        for bit in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut()
                && value >> bit & 1 == 1
            {
                *last |= 1 << (self.used % 8);
            }
            self.used += 1;
        }
    }

    /// Appends a Huffman code, highest bit first.
    fn code(&mut self, bits: &[u32]) {
        for bit in bits {
            self.put(*bit, 1);
        }
    }
}
