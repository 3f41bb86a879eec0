use super::*;

#[test]
fn an_image_is_a_png_with_its_palette_and_opacities() {
    let image = Image {
        width: 2,
        height: 1,
        pixels: vec![0, 1],
        palette: vec![[0; 4], [1, 2, 3, 255]],
    };
    let file = image.png().expect("it is whole");
    assert!(file.starts_with(SIGNATURE));
    assert_eq!(
        &file[8..33],
        b"\0\0\0\rIHDR\0\0\0\x02\0\0\0\x01\x08\x03\0\0\0\xc3\xfc\x8f\xb8"
    );
    let find = |kind: &[u8]| {
        file.windows(4)
            .position(|bytes| bytes == kind)
            .expect("a chunk")
    };
    assert_eq!(&file[find(b"PLTE") + 4..][..6], [0, 0, 0, 1, 2, 3]);
    assert_eq!(&file[find(b"tRNS") + 4..][..2], [0, 255]);
    assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
}

#[test]
fn an_image_that_is_not_whole_is_none() {
    let image = |width, pixels: &[u8]| Image {
        width,
        height: 1,
        pixels: pixels.to_vec(),
        palette: vec![[0; 4]],
    };
    assert!(image(0, &[]).png().is_none());
    assert!(image(2, &[0]).png().is_none());
}
